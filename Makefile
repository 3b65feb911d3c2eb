# Everything goes through ministry/ops, which needs nothing but a Python 3.11 or newer.
.DEFAULT_GOAL := help
.PHONY: run test e2e lint bench backup restore help

run test e2e lint bench backup restore help:
	@sh ministry/ops/python.sh -m ministry.ops $@

#!/bin/sh
# uvicorn, behind a proxy that ends TLS: sh uvicorn.sh main:app
#
# ROOT_PATH is the path that the proxy takes off, such as /shop; empty where there is none.
set -eu

exec uvicorn "${1:-main:app}" \
  --host 0.0.0.0 \
  --port "${PORT:-8000}" \
  --workers "${WEB_CONCURRENCY:-2}" \
  --root-path "${ROOT_PATH:-}" \
  --no-proxy-headers \
  --no-server-header \
  --timeout-keep-alive 75 \
  --timeout-graceful-shutdown 30

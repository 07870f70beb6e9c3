"""gunicorn, behind a proxy that ends TLS.

gunicorn -c gunicorn.conf.py main:app                                        WSGI: Flask, Django
WORKER_CLASS=uvicorn_worker.UvicornWorker gunicorn -c gunicorn.conf.py main:app  ASGI: FastAPI, Starlette

The second needs uvicorn-worker: pip install gunicorn uvicorn-worker.
"""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = os.environ.get("WORKER_CLASS", "gthread")
threads = 8
accesslog = "-"
# Nothing is written to the disk of a container, which may be slow or read-only.
worker_tmp_dir = "/dev/shm"
control_socket_disable = True

# A session in cookies, or a token with many groups, may be longer than the 8,190 bytes that gunicorn allows by itself.
limit_request_field_size = 16_384
# A request that needs a token of a provider in trouble waits for it for up to 30 seconds.
timeout = 60
graceful_timeout = 30
# Longer than the proxy keeps its connections, so that it is the proxy that closes them.
keepalive = 75

# No header of a request says where it comes from. An application that reads X-Forwarded-For itself puts the proxy's
# address here; never "*" where others can reach the port.
forwarded_allow_ips = ""

"""The files in examples/deployment can be read by what they are for, and say what the package understands."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azuread_auth import AzureAdSettings, ManagedIdentityAssertion, WebLogin, WorkloadIdentity
from azuread_auth.observability.measures import COUNTERS

ROOT = Path(__file__).parents[2]
DEPLOYMENT = ROOT / "examples" / "deployment"
SCRIPTS = sorted(DEPLOYMENT.glob("*.sh"))
KEY = "A" * 43

# What Prometheus makes of names, units and kinds (OpenTelemetry, "Prometheus and OpenMetrics compatibility").
METRICS = {
    **{f"{counter.name.replace('.', '_')}_total": counter.name for counter in COUNTERS},
    "azuread_auth_keys_age_seconds": "azuread_auth.keys.age",
    "azuread_auth_http_duration_seconds_bucket": "azuread_auth.http.duration",
    "azuread_auth_http_duration_seconds_count": "azuread_auth.http.duration",
}


def read(name: str) -> str:
    """A file of the folder."""
    return (DEPLOYMENT / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    """The file, as the id of a test."""
    return path.name


def test_every_file_is_tested():
    """A new file needs its test here."""
    assert sorted(path.name for path in DEPLOYMENT.iterdir() if path.is_file()) == [
        "aks.yaml",
        "app-service.settings.json",
        "app-service.sh",
        "gunicorn.conf.py",
        "nginx.conf",
        "otel-dashboard.json",
        "uvicorn.sh",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is for POSIX")
@pytest.mark.parametrize("worker", ["gthread", "uvicorn_worker.UvicornWorker"])
def test_gunicorn_takes_its_configuration(worker):
    """With workers for WSGI and for ASGI, gunicorn loads the file and an application, and finds nothing wrong."""
    command = [sys.executable, "-m", "gunicorn", "-c", str(DEPLOYMENT / "gunicorn.conf.py"), "--check-config"]
    environ = {"PATH": os.environ["PATH"], "WORKER_CLASS": worker}

    ran = subprocess.run(
        [*command, "wsgiref.simple_server:demo_app"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell")
@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_shell_reads_the_script(script):
    """The syntax is that of a POSIX shell."""
    ran = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 0, ran.stderr


def test_uvicorn_knows_its_options():
    """Each option of the script is one of uvicorn."""
    ran = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    known = set(re.findall(r"--[a-z-]+", ran.stdout))

    assert set(re.findall(r"^ +(--[a-z-]+)", read("uvicorn.sh"), re.MULTILINE)) <= known


def test_nginx_configuration_is_whole():
    """Braces pair up, each statement ends, and what sign-in depends on is there."""
    text = re.sub(r"(?m)#.*$", "", read("nginx.conf"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]

    assert text.count("{") == text.count("}") == 5
    assert all(line.endswith((";", "{", "}")) for line in lines)
    assert {"proxy_set_header Host $http_host;", "large_client_header_buffers 4 16k;", "proxy_buffer_size 16k;"} <= {
        *lines
    }


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_its_configuration(tmp_path):
    """With a certificate that exists, nginx finds nothing wrong."""
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=app.example.com"]
    key, certificate, site = tmp_path / "key.pem", tmp_path / "certificate.pem", tmp_path / "site.conf"
    subprocess.run([*openssl, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=True)
    # Ports that need no right of their own; folders that this test may write to.
    changes = {"listen 443": "listen 18443", "listen 80": "listen 18080"}
    changes |= {"/etc/nginx/tls/app.example.com.pem": str(certificate), "/etc/nginx/tls/app.example.com.key": str(key)}
    text = read("nginx.conf")
    for old, new in changes.items():
        text = text.replace(old, new)
    site.write_text(text)
    log, kinds = tmp_path / "error.log", ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole = f"pid {tmp_path}/pid; error_log {log}; events {{}} http {{ access_log off; {folders} include {site}; }}"
    (tmp_path / "nginx.conf").write_text(whole)

    ran = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-e", str(log), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def manifest(kind: str) -> Any:
    """The document of that kind in aks.yaml."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    (found,) = [document for document in yaml.safe_load_all(read("aks.yaml")) if document["kind"] == kind]
    return found


def test_pod_has_a_workload_identity():
    """The label is the pod's, its service account names the application, and the variables make settings."""
    account, pod = manifest("ServiceAccount"), manifest("Deployment")["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    given = {each["name"]: each.get("value") for each in container["env"]}
    annotations = account["metadata"]["annotations"]
    environ = {
        **{name: value or KEY for name, value in given.items()},
        "AZURE_AD_REDIS_URL": "rediss://cache.example.com:6380/0",
        "AZURE_CLIENT_ID": annotations["azure.workload.identity/client-id"],
        "AZURE_TENANT_ID": annotations["azure.workload.identity/tenant-id"],
        "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/",
        "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/azure/tokens/azure-identity-token",
    }

    settings, login = AzureAdSettings.from_env(environ), WebLogin.from_env(environ)

    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert pod["spec"]["serviceAccountName"] == account["metadata"]["name"]
    assert settings.credential == WorkloadIdentity(token_file=environ["AZURE_FEDERATED_TOKEN_FILE"])
    assert login.urls == tuple(f"https://{rule['host']}" for rule in manifest("Ingress")["spec"]["rules"])


def test_pods_are_found():
    """Deployment, service and ingress name each other."""
    deployment, service, ingress = manifest("Deployment"), manifest("Service"), manifest("Ingress")
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]["name"]

    assert service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert backend == service["metadata"]["name"]
    assert len({each["metadata"]["namespace"] for each in (deployment, service, ingress)}) == 1


def test_app_service_settings_are_settings():
    """They are read without a complaint, once the platform has put the secrets in their places."""
    given = {each["name"]: each["value"] for each in json.loads(read("app-service.settings.json"))}
    secrets = {"AZURE_AD_REDIS_URL": "rediss://cache.example.com:6380/0"}
    environ = {
        name: secrets.get(name, KEY) if value.startswith("@Microsoft.KeyVault") else value
        for name, value in given.items()
    }

    settings, login = AzureAdSettings.from_env(environ), WebLogin.from_env(environ)

    assert settings.credential == ManagedIdentityAssertion(client_id=given["AZURE_MANAGED_IDENTITY_CLIENT_ID"])
    assert len(login.urls) == 2


def expressions(value: object) -> Iterator[str]:
    """Each query of the dashboard."""
    if isinstance(value, dict):
        yield from (value[name] for name in ("expr", "query") if isinstance(value.get(name), str))
        for each in value.values():
            yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)


def test_dashboard_names_metrics_that_exist():
    """Each metric in a query is one of the package's, all of those are shown, and all are in the guide."""
    queries = " ".join(expressions(json.loads(read("otel-dashboard.json"))))
    used = set(re.findall(r"azuread_auth_\w+", queries))
    guide = (ROOT / "docs" / "guides" / "observability.md").read_text(encoding="utf-8")

    assert used <= set(METRICS)
    assert {METRICS[name] for name in used} == set(METRICS.values())
    assert set(re.findall(r"^\| `(azuread_auth\.[\w.]+)`", guide, re.MULTILINE)) == set(METRICS.values())


def test_dashboard_names_attributes_that_exist():
    """What queries group and choose by is in the guide, written with dots there."""
    queries = " ".join(expressions(json.loads(read("otel-dashboard.json"))))
    used = {name for names in re.findall(r"by \(([^)]*)\)", queries) for name in names.split(", ")}
    used |= set(re.findall(r"[{,](\w+)(?:=~|!=|=)\"", queries))
    guide = (ROOT / "docs" / "guides" / "observability.md").read_text(encoding="utf-8")
    known = {name.replace(".", "_") for name in re.findall(r"`([a-z._]+)`", guide)}

    assert used - {"job", "le"} <= known


def test_dashboard_panels_do_not_overlap():
    """Each panel has its place on the grid of 24 columns, and a number of its own."""
    panels = json.loads(read("otel-dashboard.json"))["panels"]
    cells = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)

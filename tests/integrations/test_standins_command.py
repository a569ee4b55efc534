"""`manage.py standins`: for demos only, on this machine only, and gone the moment it is told to end."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not settings.configured, reason="run without Django")
DEMO = {"AIRTIGHT_DEMO": True, "SLACK_BOT_TOKEN": "xoxb-demo", "SLACK_SIGNING_SECRET": "demo"}


@pytest.fixture
def demo(settings: Any) -> None:
    for name, value in DEMO.items():
        setattr(settings, name, value)


@pytest.mark.parametrize(
    ("changed", "options", "message"),
    [
        ({"AIRTIGHT_DEMO": False}, {}, "for demos"),
        ({"SLACK_BOT_TOKEN": ""}, {}, "SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": ""}, {}, "SLACK_SIGNING_SECRET"),
        ({}, {"host": "0.0.0.0"}, "this machine alone"),
    ],
)
@pytest.mark.usefixtures("demo")
def test_it_refuses(settings: Any, changed: dict[str, object], options: dict[str, str], message: str) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=message):
        call_command("standins", port=0, **options)


@pytest.mark.usefixtures("demo")
def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CommandError, match="Cannot listen"):
        call_command("standins", port=taken.getsockname()[1])


@pytest.mark.usefixtures("demo")
def test_a_bad_export_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"has no sales_teams\.csv"):
        call_command("standins", port=0, crm_export=tmp_path)


def test_it_serves_and_ends_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {name: str(value) for name, value in DEMO.items()}
    environment |= {
        "SLACK_BASE_URL": f"http://127.0.0.1:{port}/api/",
        "DJANGO_SETTINGS_MODULE": "revops.settings",
        "SECRET_KEY": "x",
        "DATABASE_URL": "postgres:///x",
    }
    command = [sys.executable, "manage.py", "standins", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        for page in ("", "salesforce/", "hubspot/", "apollo/"):
            assert opened(f"http://127.0.0.1:{port}/{page}").startswith(b"<!doctype html>")
        for vendor in ("Salesforce", "HubSpot", "Apollo", "ZoomInfo", "Clearbit"):
            assert json.loads(opened(f"http://127.0.0.1:{port}/{vendor.lower()}/__state"))["title"] == vendor
        assert b"Ines Duarte" in opened(f"http://127.0.0.1:{port}/salesforce/__state")
        hang = json.dumps({"next": [{"hang": 30}]}).encode()
        headers = {"Content-Type": "application/json"}
        urlopen(Request(f"http://127.0.0.1:{port}/__control", hang, headers), timeout=5).close()
        with socket.create_connection(("127.0.0.1", port)) as hanging:
            hanging.sendall(b"POST /api/auth.test HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
            process.terminate()
            assert process.wait(timeout=15) == 0  # and not after the 30 seconds that the answer hangs
    finally:
        process.kill()
        process.communicate()


def opened(url: str) -> bytes:
    for _ in range(300):
        try:
            with urlopen(url, timeout=5) as answer:
                return answer.read()
        except URLError:
            time.sleep(0.1)
    raise AssertionError(f"{url} never answered")

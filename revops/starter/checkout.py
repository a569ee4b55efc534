"""The folders and the settings of this checkout."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from revops.starter.say import CannotStart

CRMS = ("salesforce", "hubspot")
DEMO_CRM = "demo-crm"  # the file that says which of them leads of the demo go to


@dataclass(frozen=True)
class Checkout:
    root: Path

    @property
    def private(self) -> Path:
        """What the starter keeps; closed to other users of the machine."""
        return self.root / ".airtight"

    @property
    def environment(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    def make_private_folder(self) -> None:
        try:
            self.private.mkdir(mode=0o700, exist_ok=True)
            self.private.chmod(0o700)
            (self.private / "logs").mkdir(exist_ok=True)
            (self.private / "environment.lock").touch()
        except PermissionError as failure:
            raise CannotStart(
                f"{self.private} cannot be written: it belongs to another user, or the checkout does. "
                "Start ./run as that user, or give the folder to yourself with `sudo chown -R`."
            ) from failure

    def log(self, name: str) -> Path:
        return self.private / "logs" / f"{name}.log"

    def secret(self, name: str, *, prefix: str = "") -> str:
        """Random, made once for this checkout."""
        path = self.private / name
        if not path.exists():
            unfinished = self.private / f"{name}.{os.getpid()}"
            unfinished.touch(mode=0o600)
            unfinished.write_text(prefix + secrets.token_urlsafe(48))
            unfinished.replace(path)
        return path.read_text()

    def variables(self, database_url: str) -> dict[str, str]:
        """The environment of every program of ours."""
        return {
            "SECRET_KEY": self.secret("secret-key"),
            **os.environ,
            **self._bytecode(),
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "revops.settings",
            "PYTHONUNBUFFERED": "1",
        }

    def _bytecode(self) -> dict[str, str]:
        """Where nothing may be written beside the sources, as in many a container: compiled anew by each process, our
        programs would take three times as long to start."""
        if not os.environ.get("PYTHONDONTWRITEBYTECODE") or os.environ.get("PYTHONPYCACHEPREFIX"):
            return {}
        return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.private / "bytecode")}

    def demo_variables(self, database_url: str, port: int, standins_port: int) -> dict[str, str]:
        """Every vendor is a stand-in: no demo calls one that the shell happens to have a credential for."""
        standins = f"http://127.0.0.1:{standins_port}"
        return self.variables(database_url) | {
            "AIRTIGHT_DEMO": "1",
            "AIRTIGHT_TEST_CLOCK": "1",
            "AIRTIGHT_URL": f"http://127.0.0.1:{port}",
            "AIRTIGHT_STANDINS_URL": standins,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SLACK_BASE_URL": f"{standins}/api/",
            "SLACK_BOT_TOKEN": self.secret("slack-bot-token", prefix="xoxb-"),
            "SLACK_SIGNING_SECRET": self.secret("slack-signing-secret"),
            "AIRTIGHT_PRIVATE_VENDORS": "1",
            **self._enrichment(standins),
            **self._crms(standins),
        }

    def _enrichment(self, standins: str) -> dict[str, str]:
        return {
            "APOLLO_BASE_URL": f"{standins}/apollo/api/v1",
            "APOLLO_API_KEY": self.secret("apollo-api-key"),
            "ZOOMINFO_BASE_URL": f"{standins}/zoominfo/gtm",
            "ZOOMINFO_TOKEN_URL": f"{standins}/zoominfo/gtm/oauth/v1/token",
            "ZOOMINFO_CLIENT_ID": "airtight-demo",
            "ZOOMINFO_CLIENT_SECRET": self.secret("zoominfo-client-secret"),
            "ZOOMINFO_LEGACY_BASE_URL": f"{standins}/zoominfo",
            "ZOOMINFO_USERNAME": "airtight-demo",
            "ZOOMINFO_PASSWORD": self.secret("zoominfo-password"),
            "CLEARBIT_BASE_URL": f"{standins}/clearbit",
            "CLEARBIT_API_KEY": self.secret("clearbit-api-key"),
        }

    def _crms(self, standins: str) -> dict[str, str]:
        kept = self.private / DEMO_CRM
        hubspot = kept.exists() and kept.read_text() == "hubspot"
        return {
            "SALESFORCE_BASE_URL": "" if hubspot else f"{standins}/salesforce",  # of the two it would be the CRM
            "SALESFORCE_LOGIN_URL": f"{standins}/salesforce",
            "SALESFORCE_CLIENT_ID": "airtight-demo",
            "SALESFORCE_CLIENT_SECRET": self.secret("salesforce-client-secret"),
            "SALESFORCE_PRIVATE_KEY": "",
            "HUBSPOT_BASE_URL": f"{standins}/hubspot",
            "HUBSPOT_ACCESS_TOKEN": self.secret("hubspot-access-token"),
        }

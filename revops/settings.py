"""Settings, all from the environment (12-factor); the README lists them."""

from pathlib import Path

import structlog
from csp.constants import NONCE, NONE, SELF

from revops.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

AIRTIGHT_DEMO = env.flag("AIRTIGHT_DEMO", False)
DEBUG = env.flag("DEBUG", False)
AIRTIGHT_TEST_CLOCK = env.flag("AIRTIGHT_TEST_CLOCK", False)
AIRTIGHT_URL = env.address("AIRTIGHT_URL", "http://127.0.0.1:8000").rstrip("/")
AIRTIGHT_LAST_RESORT = env.str("AIRTIGHT_LAST_RESORT", "rita@demo.airtight.example" if AIRTIGHT_DEMO else "")
AIRTIGHT_DEAL_TYPES: list[str] = env.list("AIRTIGHT_DEAL_TYPES", [])
AIRTIGHT_DEAL_DAYS_PAST_CLOSE = env.whole("AIRTIGHT_DEAL_DAYS_PAST_CLOSE", 30, 0, 730)
AIRTIGHT_DEAL_DAYS_QUIET = env.whole("AIRTIGHT_DEAL_DAYS_QUIET", 90, 1, 730)
AIRTIGHT_SWEEP_TOLERANCE = env.whole("AIRTIGHT_SWEEP_TOLERANCE", 120, 0, 86_400)
AIRTIGHT_RETURNS_PER_REP_AND_DAY = env.whole("AIRTIGHT_RETURNS_PER_REP_AND_DAY", 10, 1, 10_000)
AIRTIGHT_STOCK_ADMIN = env.flag("AIRTIGHT_STOCK_ADMIN", False)
AIRTIGHT_STANDINS_URL = env.address("AIRTIGHT_STANDINS_URL", "")


def private_state(name: str) -> str:
    """What `./run` left for commands started by hand: a value kept in the checkout's own state folder, else ''."""
    path = BASE_DIR / ".airtight" / name
    return path.read_text().strip() if path.exists() else ""


DATABASE_URL = env.str("DATABASE_URL", "") or private_state("database-url")
SECRET_KEY = env.str("SECRET_KEY", "") or private_state("secret-key")
if not SECRET_KEY:
    env.refuse("No SECRET_KEY: set it to a long random string, or use ./run, which makes one.")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

DATABASE_CONN_MAX_AGE = env.whole("DATABASE_CONN_MAX_AGE", 60, 0, 86_400)
database = env.database(DATABASE_URL, conn_max_age=DATABASE_CONN_MAX_AGE, conn_health_checks=True)
# A host that does not answer must not hold a request: it is a 503 with Retry-After.
database.setdefault("OPTIONS", {}).setdefault("connect_timeout", env.whole("DATABASE_CONNECT_TIMEOUT", 5, 1, 600))
DATABASES = {"default": {**database, "ENGINE": "revops.postgresql"}}
# Shared by all processes: the limits on sign-in are counted in it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "revops_cache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    *([] if AIRTIGHT_STOCK_ADMIN else ["unfold.apps.BasicAppConfig"]),
    "revops.admin_config.AirtightAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_q",
    "django_htmx",
    "django_filters",
    "django_structlog",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "revops",
    "leads",
    "routing",
    "sla",
    "recycle",
]

MIDDLEWARE = [
    "revops.middleware.FailSoftly",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "revops.middleware.LoggedRequests",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "revops.urls"
WSGI_APPLICATION = "revops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "revops.pages.context",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "revops.formats"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".airtight" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# A secure site unless this is a demo on one's own machine, where there is no TLS.
HTTPS = env.flag("HTTPS", not (DEBUG or AIRTIGHT_DEMO))
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.whole("SECURE_HSTS_SECONDS", 31_536_000 if HTTPS else 0, 0, 315_360_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.flag("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "revops.api.auth.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["revops.api.bodies.OneObject"],
    "DEFAULT_PAGINATION_CLASS": "revops.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "revops.api.problems.problem",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"sign-in": "20/hour"},
    "PAGE_SIZE": 50,
    "STRICT_JSON": True,
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_LIMIT_PER_USER": None}
SPECTACULAR_SETTINGS = {
    "TITLE": "Airtight",
    "DESCRIPTION": "Lead handoff that cannot leak.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "revops.api.documents.closed"],
    # The badge would ask a server of somebody else's.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": "none"},
}

# timeout < retry, or a slow task would run twice; save_limit off, or each success costs a count of them all. A worker
# is recycled seldom, since `manage.py worker` takes the loss of one for a death, and begins anew.
Q_CLUSTER = {
    "name": "airtight",
    "orm": "default",
    "workers": env.whole("Q_WORKERS", 2, 1, 64),
    "queue_limit": 4,
    "bulk": 1,
    "timeout": 60,
    "retry": 120,
    "max_attempts": 3,
    "ack_failures": False,
    "save_limit": 0,
    "recycle": 10_000,
    "catch_up": False,
    "poll": 0.5,
    "label": "Background work",
}

SLACK_BASE_URL = env.address("SLACK_BASE_URL", "https://slack.com/api/")
SLACK_BOT_TOKEN = env.str("SLACK_BOT_TOKEN", "")
SLACK_SIGNING_SECRET = env.str("SLACK_SIGNING_SECRET", "")
SLACK_APP_TOKEN = env.str("SLACK_APP_TOKEN", "")
# An incoming webhook, the plain fallback without an app: one channel for all teams, no buttons.
SLACK_WEBHOOK_URL = env.address("SLACK_WEBHOOK_URL", "", secret=True)
# Where connection trouble and what is of no one team is told; else the last resort's team's channel.
AIRTIGHT_ADMIN_CHANNEL = env.str("AIRTIGHT_ADMIN_CHANNEL", "")
AIRTIGHT_DAILY_DIGEST = env.flag("AIRTIGHT_DAILY_DIGEST", True)
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_PORT = env.whole("EMAIL_PORT", 587, 1, 65_535)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "airtight@localhost")
SLACK_TIMEOUT = env.seconds("SLACK_TIMEOUT", 10.0)
SLACK_TEAM_ID = env.str("SLACK_TEAM_ID", "")

AIRTIGHT_PRIVATE_VENDORS = env.flag("AIRTIGHT_PRIVATE_VENDORS", AIRTIGHT_DEMO)

# Salesforce: the secret, or the key and the user it signs for. The login URL is the base URL unless it is named.
SALESFORCE_BASE_URL = env.str("SALESFORCE_BASE_URL", "")
SALESFORCE_LOGIN_URL = env.str("SALESFORCE_LOGIN_URL", "") or SALESFORCE_BASE_URL
SALESFORCE_CLIENT_ID = env.str("SALESFORCE_CLIENT_ID", "")
SALESFORCE_CLIENT_SECRET = env.str("SALESFORCE_CLIENT_SECRET", "")
SALESFORCE_PRIVATE_KEY = env.str("SALESFORCE_PRIVATE_KEY", "")
SALESFORCE_USERNAME = env.str("SALESFORCE_USERNAME", "")
SALESFORCE_API_VERSION = env.version("SALESFORCE_API_VERSION", "66.0")
# HubSpot: as the CRM, and for its company records.
HUBSPOT_ACCESS_TOKEN = env.str("HUBSPOT_ACCESS_TOKEN", "")
HUBSPOT_BASE_URL = env.str("HUBSPOT_BASE_URL", "https://api.hubapi.com")
HUBSPOT_API_VERSION = env.str("HUBSPOT_API_VERSION", "2026-09")
CRM_TIMEOUT = env.seconds("CRM_TIMEOUT", 30.0)

# Enrichment vendors: one is asked where its credential is given.
ENRICHMENT_TIMEOUT = env.seconds("ENRICHMENT_TIMEOUT", 10.0)
APOLLO_API_KEY = env.str("APOLLO_API_KEY", "")
APOLLO_BASE_URL = env.str("APOLLO_BASE_URL", "https://api.apollo.io/api/v1")
ZOOMINFO_CLIENT_ID = env.str("ZOOMINFO_CLIENT_ID", "")
ZOOMINFO_CLIENT_SECRET = env.str("ZOOMINFO_CLIENT_SECRET", "")
ZOOMINFO_BASE_URL = env.str("ZOOMINFO_BASE_URL", "https://api.zoominfo.com/gtm")
ZOOMINFO_TOKEN_URL = env.str("ZOOMINFO_TOKEN_URL", "https://api.zoominfo.com/gtm/oauth/v1/token")
ZOOMINFO_TECHNOLOGIES = env.flag("ZOOMINFO_TECHNOLOGIES", False)
ZOOMINFO_USERNAME = env.str("ZOOMINFO_USERNAME", "")
ZOOMINFO_PASSWORD = env.str("ZOOMINFO_PASSWORD", "")
ZOOMINFO_LEGACY_BASE_URL = env.str("ZOOMINFO_LEGACY_BASE_URL", "https://api.zoominfo.com")
CLEARBIT_API_KEY = env.str("CLEARBIT_API_KEY", "")
CLEARBIT_BASE_URL = env.str("CLEARBIT_BASE_URL", "https://company.clearbit.com")

METRICS_TOKEN = env.str("METRICS_TOKEN", "")


# UNFOLD: the admin's look. Nothing here is read with AIRTIGHT_STOCK_ADMIN=1.
UNFOLD = {
    "SITE_TITLE": "Airtight",
    "SITE_HEADER": "Airtight",
    "SITE_SUBHEADER": "Configuration",
    "SITE_ICON": "revops.admin_look.icon",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "BORDER_RADIUS": "8px",
    "STYLES": ["revops.admin_look.stylesheet"],
    "COLORS": {
        "primary": {
            "50": "#eef8f6",
            "100": "#d5eeea",
            "200": "#abddd6",
            "300": "#76c4bb",
            "400": "#42a69c",
            "500": "#1f8a81",
            "600": "#0a6660",
            "700": "#07504b",
            "800": "#08413d",
            "900": "#083633",
            "950": "#031f1d",
        },
    },
    "SIDEBAR": {"show_search": False, "command_search": False, "navigation": "revops.admin_index.sidebar"},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
            "foreign_pre_chain": [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso")],
        }
    },
    "filters": {"masked": {"()": "revops.masking.HookTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["masked"]}},
    "root": {"handlers": ["console"], "level": env.level("LOG_LEVEL", "INFO")},
    "loggers": {"django-q": {"level": "WARNING"}, "django.server": {"level": "WARNING"}},
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

env.refuse_the_wrong()

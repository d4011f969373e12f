"""Settings of the stand-in: production mode, lasting connections, and the one middleware that casting needs."""

from __future__ import annotations

import os

SECRET_KEY = "of the benchmark alone"  # noqa: S105  # signs nothing
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "django_standin.urls"
INSTALLED_APPS = ["django_standin"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # which says how long an answer is
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["STANDIN_DATABASE"],
        "HOST": os.environ["STANDIN_HOST"],
        "USER": "postgres",
        "CONN_MAX_AGE": None,
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING_CONFIG = None

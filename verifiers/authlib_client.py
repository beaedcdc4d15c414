"""Logs in, refreshes and provokes refusals with Authlib, and prints what it saw."""

import json
import os
import sys

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

url = sys.argv[1]
LOGIN, REFRESH = url + "/api/auth/login", url + "/api/auth/refresh"
email, password = os.environ["EMAIL"], os.environ["PASSWORD"]


def error_of(call):
    try:
        return f"nothing was refused: {call()}"
    except OAuthError as refusal:
        return refusal.error


# Like every session of the requests library, it keeps cookies.
session = OAuth2Session("an-app", token_endpoint_auth_method="none")
profile = lambda: session.get(url + "/api/user/profile").json().get("email")

first = dict(session.fetch_token(LOGIN, username=email, password=password, grant_type="password"))
second = dict(session.refresh_token(REFRESH, first["refresh_token"]))
seen = {"refreshed": second["refresh_token"] != first["refresh_token"], "profile": profile()}

other = OAuth2Session("an-app", token_endpoint_auth_method="none")
ask = lambda **members: error_of(lambda: other.fetch_token(LOGIN, username=email, **members))
seen["wrong password"] = ask(password="a wrong one", grant_type="password")
seen["unsupported grant"] = ask(password=password, grant_type="client_credentials")
seen["wrong token"] = error_of(lambda: other.refresh_token(REFRESH, "x"))
seen["after that"] = profile()
print(json.dumps(seen))

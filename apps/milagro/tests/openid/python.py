"""An application on PyPI's authlib, with a key of its own. It speaks as node.mjs does."""

import http.server
import json
import os
import sys
import threading
import urllib.parse

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # of this machine
given = json.loads(os.environ["APPLICATION"])
issuer, client_id, redirect = given["issuer"], given["id"], given["redirect"]


def say(**what):
    print(json.dumps(what), flush=True)


def hear():
    return sys.stdin.readline().strip()


key = ECKey.generate_key("P-256")
messages = []
heard = threading.Event()


class Told(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        messages.append(urllib.parse.parse_qs(body)["logout_token"][0])
        self.send_response(200)
        self.end_headers()
        heard.set()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Told)
threading.Thread(target=server.serve_forever, daemon=True).start()
say(told=f"http://127.0.0.1:{server.server_port}/told", jwks={"keys": [key.as_dict(private=False)]})
hear()

session = OAuth2Session(
    client_id,
    client_secret=key,
    token_endpoint_auth_method="private_key_jwt",
    revocation_endpoint_auth_method="private_key_jwt",
    scope="openid profile offline_access",
    redirect_uri=redirect,
    code_challenge_method="S256",
)
found = session.request("GET", issuer + "/.well-known/openid-configuration", withhold_token=True).json()
session.register_client_auth_method(PrivateKeyJWT(found["token_endpoint"], alg="ES256"))
keys = KeySet.import_key_set(session.request("GET", found["jwks_uri"], withhold_token=True).json())


def verified(token, typ):
    opened = jwt.decode(token, keys, algorithms=["ES256"])
    assert opened.header["typ"] == typ, opened.header
    assert opened.claims["iss"] == issuer and opened.claims["aud"] == client_id
    return opened.claims


verifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"
url, state = session.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier, nonce="n-1")
say(go=url)
token = session.fetch_token(found["token_endpoint"], authorization_response=hear(), code_verifier=verifier, state=state)
claims = verified(token["id_token"], "JWT")
assert claims["nonce"] == "n-1"
info = session.get(found["userinfo_endpoint"]).json()
fresh = session.refresh_token(found["token_endpoint"])
info_again = session.get(found["userinfo_endpoint"]).json()
assert info == info_again and info["sub"] == claims["sub"]
revoked = session.revoke_token(found["revocation_endpoint"], token=fresh["refresh_token"], token_type_hint="refresh_token")
assert revoked.status_code == 200, revoked.text
gone = session.get(found["userinfo_endpoint"]).status_code
say(name=info["preferred_username"], amr=claims["amr"], rotated=fresh["refresh_token"] != token["refresh_token"], gone=gone)

query = urllib.parse.urlencode({"id_token_hint": token["id_token"], "post_logout_redirect_uri": given["bye"]})
say(go=found["end_session_endpoint"] + "?" + query)
left = hear()
assert heard.wait(60)
message = verified(messages[0], "logout+jwt")
say(left=left, sid=message["sid"] == claims["sid"], sub=message["sub"] == claims["sub"])

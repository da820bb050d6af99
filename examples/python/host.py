"""A host of Countersign in one file: a password, then the second step, then a session.

It takes Python 3.11 or later and cryptography (Debian: python3-cryptography). See README.md beside it.
"""

import argparse
import base64
import hashlib
import hmac
import html
import http.client
import json
import logging
import secrets
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

log = logging.getLogger("host")


class Unavailable(Exception):
    """Countersign gave no answer that can be used. Nobody is let in."""


class Refused(Exception):
    """A step-up token is not good for this login. The text is for the log alone."""


# --- Calls to Countersign: copy this part as it is ---------------------------------------------------------------


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the service key to wherever it points."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)
LARGEST_ANSWER = 256 << 10


def fetch(request, timeout):
    """Returns the JSON object that comes back, or raises Unavailable."""
    try:
        with OPENER.open(request, timeout=timeout) as response:
            return as_object(response.read(LARGEST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        raise Unavailable(f"{request.get_method()} {request.full_url}: {error}") from error


def as_object(text):
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


class Service:
    """Calls Countersign with a service key."""

    def __init__(self, url, key):
        self.url, self.key = url, key

    def call(self, method, path, body):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return fetch(urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method=method), timeout=5)


# --- The offline check of step-up tokens: copy this part as it is ------------------------------------------------

LEEWAY = 5  # seconds that our clock may be behind where a token begins; its end is exact
LONGEST_LIFE = 300  # seconds between iat and exp, and since auth_time
LONGEST_TOKEN = 8 << 10

# What was proven. This host states the first factor "pwd" with every decision, so that amr begins with it. Add no
# other: "urn:countersign:acr:second-factor" is a code without a password.
ASSURANCE = {
    ("urn:countersign:acr:aal2", "totp"): [["pwd", "otp", "mfa"]],
    ("phr", "passkey"): [["pwd", "pop", "mfa"], ["pwd", "pop", "user", "mfa"]],
    ("urn:countersign:acr:recovery", "recovery_code"): [["pwd", "mfa"]],
    ("urn:countersign:acr:recovery", "access_pass"): [["pwd", "mfa"]],
}


def decode(text):
    """Decodes base64url in its one spelling: no padding, no spare bits, no other characters."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not base64url")
    return raw


def public_key(jwk):
    """Returns the id and the key of a JWK, or None for one that Countersign does not sign with."""
    try:
        kty, crv, x, y, kid, use, alg = (jwk[name] for name in ("kty", "crv", "x", "y", "kid", "use", "alg"))
        # The id is the thumbprint (RFC 7638), so that no key can stand for another.
        thumbprint = hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest()
        if (kty, crv, use, alg) != ("EC", "P-256", "sig", "ES256") or decode(kid) != thumbprint:
            return None
        point = b"\x04" + decode(x) + decode(y)
        return kid, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (KeyError, TypeError, ValueError):
        return None


class Keys:
    """The public keys of Countersign, fetched when a token needs them. Safe for concurrent use."""

    FRESH, KEPT = 5 * 60, 15 * 60  # seconds until they are fetched again, and until they no longer serve without that

    def __init__(self, url, every):
        self.url, self.every = url, every  # an unknown kid costs a forger nothing, so it fetches once in `every` seconds
        self.lock = threading.Lock()
        self.known, self.loaded, self.tried = {}, None, None

    def find(self, kid):
        """Returns the key of that id or None; raises Unavailable while nobody can know."""
        with self.lock:
            if not (self.within(self.loaded, self.FRESH) and kid in self.known) and self.due():
                self.load()
            if not self.within(self.loaded, self.KEPT):
                raise Unavailable(f"{self.url} has given no keys")
            return self.known.get(kid)

    def due(self):
        return not self.within(self.tried, self.every if self.within(self.loaded, self.KEPT) else min(1, self.every))

    def load(self):
        self.tried = began = time.monotonic()
        try:
            found = fetch(urllib.request.Request(self.url, headers={"Cache-Control": "no-cache"}), timeout=3).get("keys")
            known = dict(filter(None, map(public_key, found if isinstance(found, list) else [])))
        except Unavailable as error:
            log.error("the keys could not be fetched: %s", error)
            return
        if known:  # a set without any would make every token invalid: it is no answer of the service
            self.known, self.loaded = known, began

    @staticmethod
    def within(at, seconds):
        return at is not None and time.monotonic() - at < seconds


class Verifier:
    """Checks step-up tokens of one tenant."""

    def __init__(self, issuer, tenant, audience, keys):
        self.issuer, self.tenant, self.audience, self.keys = f"{issuer}/{tenant}", tenant, audience, keys

    def verify(self, token, user_id, session_id):
        """Returns the claims of a token that is good for this login; raises Refused or Unavailable."""
        claims = self.read(token)
        for claim, holds in self.checks(claims, user_id, session_id, time.time()):
            if not holds:
                raise Refused(claim)
        return claims

    def read(self, token):
        """Returns what a token says if one of the keys signed it."""
        try:
            if len(token) > LONGEST_TOKEN:
                raise ValueError("too long")
            head, body, signature = token.split(".")
            header, signed, raw = as_object(decode(head)), f"{head}.{body}".encode(), decode(signature)
            # The service writes these three. "crit" would have to be understood, and jku, x5u and jwk name keys of the
            # sender's choice (RFC 8725, section 3.10).
            if header.keys() != {"alg", "typ", "kid"} or (header["alg"], header["typ"]) != ("ES256", "step-up+jwt"):
                raise ValueError("not the header of a step-up token")
            if len(decode(header["kid"])) != 32 or len(raw) != 64:
                raise ValueError("not its kid, or not its signature")
        except (ValueError, TypeError, RecursionError) as error:
            raise Refused("form") from error
        key = self.keys.find(header["kid"])
        if key is None:
            raise Refused(f"kid: not in {self.keys.url}. If the tenant is a sandbox, start with --sandbox; if not, without")
        try:
            both = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
            key.verify(encode_dss_signature(*both), signed, ec.ECDSA(hashes.SHA256()))
            return as_object(decode(body))
        except (InvalidSignature, ValueError, RecursionError) as error:
            raise Refused("signature, or claims that are none") from error

    def checks(self, c, user_id, session_id, now):
        """Every claim and whether it holds, one after the other: a later one relies on those before."""
        yield f"iss: the token has {c.get('iss')!r}, expected {self.issuer!r}", c.get("iss") == self.issuer
        yield f"aud: the token has {c.get('aud')!r}, expected {self.audience!r}", c.get("aud") == self.audience
        yield f"tid: the token has {c.get('tid')!r}, expected {self.tenant!r}", c.get("tid") == self.tenant
        for name in ("sub", "client_id", "jti"):
            yield name, isinstance(c.get(name), str) and c[name] != ""
        for name in ("iat", "nbf", "auth_time"):
            yield name, type(c.get(name)) is int and 0 < c[name] <= now + LEEWAY
        yield "exp", type(c.get("exp")) is int and now < c["exp"] and c["exp"] > c["nbf"] and 0 < c["exp"] - c["iat"] <= LONGEST_LIFE
        yield "sub: another user's", c["sub"] == user_id
        yield "session_id: another session's", c.get("session_id") == session_id
        yield "nonce: none was asked for", c.get("nonce", "") == ""
        yield "action: none was asked for", c.get("action", "") == ""
        said = c.get("acr"), c.get("method")
        yield "acr, amr and method", all(isinstance(s, str) for s in said) and c.get("amr") in ASSURANCE.get(said, [])
        yield "auth_time: too long ago", now - c["auth_time"] <= LONGEST_LIFE


# --- Users and sessions: a product has its own -------------------------------------------------------------------


# Salt and scrypt hash; both passwords are "correct horse".
USERS = {
    "ada": ("711ef58200c67ddba0435fcb601a7994", "9ef3cdb67dfb8ce5ec12df54fe727a43a18a91ae3fd2811a09f208812280ff5d"),
    "ben": ("b0dec632749bbc580d236928c1ae53dd", "db5d427cc0418ee306eeecbd07f002109de1c49523ca73d95789178adbc2abab"),
}


def is_password(name, password):
    salt, expected = USERS.get(name, ("00", ""))  # whoever is unknown takes as long
    hashed = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()
    return hmac.compare_digest(hashed, expected)


@dataclass(frozen=True)
class Session:
    user_id: str
    id: str  # goes to Countersign; it is not the cookie, with which whoever sees a token could open the session
    is_open: bool
    ends: float


class Sessions:
    """Sessions by the value of their cookie. Safe for concurrent use."""

    PENDING, OPEN = 15 * 60, 8 * 60 * 60

    def __init__(self):
        self.lock, self.all = threading.Lock(), {}

    def find(self, cookie):
        with self.lock:
            session = self.all.get(cookie)
            return session if session and time.monotonic() < session.ends else None

    def begin(self, user_id, before):
        """Starts a login whose password was right, and returns its cookie."""
        with self.lock:
            self.all.pop(before, None)
            return self.put(user_id, False, self.PENDING)

    def open(self, cookie, pending):
        """Opens the session of a login under a new cookie; None when it is over, or was opened meanwhile."""
        with self.lock:
            return self.put(pending.user_id, True, self.OPEN) if self.all.pop(cookie, None) is pending else None

    def end(self, cookie):
        with self.lock:
            self.all.pop(cookie, None)

    def put(self, user_id, is_open, lasts):
        now, cookie = time.monotonic(), secrets.token_urlsafe(32)
        self.all = {key: s for key, s in self.all.items() if now < s.ends}
        self.all[cookie] = Session(user_id, secrets.token_urlsafe(16), is_open, now + lasts)
        return cookie


# --- The pages and the two routes of the second step -------------------------------------------------------------

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Host</title>'
LOGIN = (
    HEAD + '<form method="post" action="/login"><input name="username" aria-label="Name" autocomplete="username">'
    '<input name="password" type="password" aria-label="Password" autocomplete="current-password"><button>Log in</button></form>'
)
CODE = (
    HEAD + '<script type="module" src="{service}/ui/challenge.js"></script>'
    '<countersign-challenge tickets="/login/ticket" proof="/login/second-step" next="/" autofocus></countersign-challenge>'
)
HOME = HEAD + '<p>Welcome, {user}</p><form method="post" action="/logout"><button>Log out</button></form>'

LARGEST_BODY = 4 << 10


@dataclass
class App:
    service: Service
    verifier: Verifier
    sessions: Sessions
    origin: str  # of this host, as its browsers see it


class Handler(BaseHTTPRequestHandler):
    app: App
    timeout = 15  # seconds, for who sends slowly

    def serve(self):
        routes = {
            "/": {"GET": self.home},
            "/login": {"GET": lambda: self.page(200, LOGIN), "POST": self.login},
            "/login/code": {"GET": lambda: self.page(200, CODE.format(service=html.escape(self.app.service.url)))},
            "/login/ticket": {"POST": self.ticket},
            "/login/second-step": {"POST": self.second_step},
            "/logout": {"POST": self.logout},
        }
        methods = routes.get(self.path)
        if methods is None:
            return self.json(404)
        if self.command not in methods:
            return self.json(405, headers={"Allow": ", ".join(methods)})
        if self.command == "POST" and not self.is_same_origin():
            return self.json(403)
        return methods[self.command]()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def is_same_origin(self):
        """Browsers send one of the two headers with every POST. Whoever sends neither is none, and is refused."""
        site = self.headers.get("Sec-Fetch-Site")
        return site == "same-origin" if site is not None else self.headers.get("Origin") == self.app.origin

    def ticket(self):
        """Asks Countersign what this login takes. Nothing but the decision "allow" opens the session here."""
        pending = self.pending()
        if not pending:
            return self.json(401)
        try:
            asked = {"user_id": pending.user_id, "session_id": pending.id, "first_factor": ["pwd"]}
            decision = self.app.service.call("POST", "/v1/decisions", asked)
        except Unavailable as error:
            log.error("no decision: %s", error)
            return self.json(503)
        outcome, ticket = decision.get("decision"), decision.get("ticket")
        if outcome == "allow":
            return self.open(pending, 200, {"outcome": "allow"})
        if outcome == "deny":
            return self.json(403)
        if outcome in ("challenge", "enroll") and isinstance(ticket, str) and ticket:
            more = {name: decision[name] for name in ("reason", "enroll_by") if decision.get(name)}
            return self.json(200, {"outcome": outcome, "user_id": pending.user_id, "ticket": ticket, **more})
        log.error("no decision that is known")
        return self.json(503)

    def second_step(self):
        """Opens the session for a token that is good for this user in this session."""
        pending, tokens = self.pending(), self.headers.get_all("Step-Up-Token", [])
        if not pending:
            return self.json(401)
        try:
            if len(tokens) != 1:
                raise Refused("one Step-Up-Token is needed")
            self.app.verifier.verify(tokens[0], pending.user_id, pending.id)
        except Refused as error:
            log.warning("a login was not finished: %s", error)
            return self.json(403)
        except Unavailable as error:
            log.error("a token cannot be checked: %s", error)
            return self.json(503)
        return self.open(pending, 204)

    def open(self, pending, status, body=None):
        cookie = self.app.sessions.open(self.cookie(), pending)
        return self.json(status, body, self.keep(cookie)) if cookie else self.json(401)

    def login(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return self.json(413)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(length)).decode("utf-8", "replace")))
        name = form.get("username", "")
        if not is_password(name, form.get("password", "")):
            return self.page(401, LOGIN + "<p>That name and password do not belong together.</p>")
        return self.see("/login/code", self.keep(self.app.sessions.begin(name, self.cookie())))

    def logout(self):
        self.app.sessions.end(self.cookie())
        return self.see("/login")

    def home(self):
        session = self.app.sessions.find(self.cookie())
        if not session or not session.is_open:
            return self.see("/login")
        return self.page(200, HOME.format(user=html.escape(session.user_id)))

    def pending(self):
        session = self.app.sessions.find(self.cookie())
        return session if session and not session.is_open else None

    def cookie(self):
        try:
            return SimpleCookie(self.headers.get("Cookie", ""))["session"].value
        except Exception:  # no cookie, or one that is none
            return ""

    def keep(self, cookie):
        secure = "; Secure" if self.app.origin.startswith("https:") else ""
        return {"Set-Cookie": f"session={cookie}; Path=/; HttpOnly; SameSite=Lax{secure}"}

    def see(self, path, headers=None):
        self.answer(303, "text/plain", "", {"Location": path, **(headers or {})})

    def page(self, status, text):
        self.answer(status, "text/html; charset=utf-8", text, {})

    def json(self, status, body=None, headers=None):
        text = "" if status == 204 else json.dumps(body or {"message": self.responses[status][0]})
        self.answer(status, "application/json", text, headers or {})

    def answer(self, status, media_type, text, headers):
        service = self.app.service.url
        policy = f"default-src 'none'; script-src {service}; connect-src 'self' {service}; img-src data:; form-action 'self'; base-uri 'none'"
        always = {"Content-Type": media_type, "Content-Length": len(text.encode()), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        always |= {"Content-Security-Policy": policy + "; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff"}
        self.send_response(status)
        for name, value in (always | headers).items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def log_message(self, *_):
        pass  # every request; a product has its own


def main():
    options = argparse.ArgumentParser(description="A host of Countersign: a password, then the second step.")
    options.add_argument("--addr", default="127.0.0.1:8082", help="address to listen on (%(default)s)")
    options.add_argument("--origin", help="this host's origin, as browsers see it (http://localhost and the port)")
    options.add_argument("--countersign", default="http://localhost:8080", help="base URL of Countersign (%(default)s)")
    options.add_argument("--issuer", help="its COUNTERSIGN_ISSUER, where that is not the base URL")
    options.add_argument("--tenant", default="demo", help="name of the tenant (%(default)s)")
    options.add_argument("--audience", help="whom tokens are for, where that is not the tenant's name")
    options.add_argument("--key", default="data/demo.key", help="file with a service key of the scopes login and directory (%(default)s)")
    options.add_argument("--sandbox", action="store_true", help="take the tokens of a sandbox, and those alone: for tests")
    options.add_argument("--keys-every", type=float, default=60, help="fetch keys at most once in so many seconds (%(default)s)")
    o = options.parse_args()
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)

    with open(o.key, encoding="ascii") as file:
        service = Service(o.countersign, file.read().strip())
    keys = Keys(f"{o.countersign}/.well-known/{'jwks-sandbox' if o.sandbox else 'jwks'}.json", o.keys_every)
    verifier = Verifier(o.issuer or o.countersign, o.tenant, o.audience or o.tenant, keys)
    address, _, port = o.addr.rpartition(":")
    server = ThreadingHTTPServer((address, int(port)), Handler)
    origin = o.origin or f"http://localhost:{server.server_port}"
    Handler.app = App(service, verifier, Sessions(), origin)
    for name in USERS:  # a product does so whenever one of its users is created or changes
        try:
            service.call("PUT", f"/v1/users/{name}", {"username": name, "auth_source": "local", "role": "member", "active": True})
        except Unavailable as error:
            log.error("%s is not mirrored: %s", name, error)
    print(f"listening at {origin}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A host of Countersign in one file: a password, then the second step, then a session. It takes Java 17 or later and Gson
 * (Debian: default-jdk-headless, libgoogle-gson-java). See README.md beside it.
 */
public final class Host {

    /** Countersign gave no answer that can be used. Nobody is let in. */
    static final class Unavailable extends Exception {
        private static final long serialVersionUID = 1;

        Unavailable(String why) { super(why); }
    }

    /** A step-up token is not good for this login. The text is for the log alone. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String why) { super(why); }
    }

    // --- JSON and base64url, read strictly: copy this part as it is ----------------------------------------------------

    static final TypeAdapter<JsonElement> JSON = new Gson().getAdapter(JsonElement.class);

    static JsonObject object(String text) throws IOException {
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            JsonElement read = JSON.read(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT || !read.isJsonObject()) throw new IOException("not a JSON object");
            return read.getAsJsonObject();
        } catch (JsonParseException | IllegalStateException | NumberFormatException | StackOverflowError e) {
            throw new IOException("not JSON", e);
        }
    }

    /** A member that is a text, or null. */
    static String text(JsonObject of, String name) {
        JsonElement e = of.get(name);
        return e != null && e.isJsonPrimitive() && e.getAsJsonPrimitive().isString() ? e.getAsString() : null;
    }

    /** A member that is a whole number, or -1, which is no time. */
    static long time(JsonObject of, String name) {
        JsonElement e = of.get(name);
        if (e == null || !e.isJsonPrimitive() || !e.getAsJsonPrimitive().isNumber() || !e.getAsString().matches("\\d{1,15}")) return -1;
        return e.getAsLong();
    }

    /** Decodes base64url in its one spelling: no padding, no spare bits, no other characters. */
    static byte[] decode(String text) throws IOException {
        try {
            byte[] raw = Base64.getUrlDecoder().decode(text);
            if (encode(raw).equals(text)) return raw;
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new IOException("not base64url");
    }

    static String encode(byte[] raw) { return Base64.getUrlEncoder().withoutPadding().encodeToString(raw); }

    // --- Calls to Countersign: copy this part as it is -----------------------------------------------------------------

    /** Redirects are not followed: one would carry the service key to wherever it points. */
    static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(Duration.ofSeconds(3)).build();

    static final int LARGEST_ANSWER = 256 << 10;

    /** Returns the JSON object that comes back. */
    static JsonObject fetch(HttpRequest.Builder request) throws Unavailable {
        HttpRequest asked = request.timeout(Duration.ofSeconds(5)).build();
        try {
            var answer = HTTP.send(asked, HttpResponse.BodyHandlers.ofInputStream());
            try (var body = answer.body()) {
                String text = new String(body.readNBytes(LARGEST_ANSWER), StandardCharsets.UTF_8);
                if (answer.statusCode() / 100 == 2) return object(text);
            }
            throw new IOException("status " + answer.statusCode());
        } catch (IOException e) {
            throw new Unavailable(asked.method() + " " + asked.uri() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("interrupted");
        }
    }

    /** Calls Countersign with a service key. */
    record Service(String url, String key) {
        JsonObject call(String method, String path, JsonObject body) throws Unavailable {
            return fetch(HttpRequest.newBuilder(URI.create(url + path)).header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json").method(method, HttpRequest.BodyPublishers.ofString(body.toString())));
        }

        @Override public String toString() { return "Service[" + url + "]"; } // without the key
    }

    // --- The offline check of step-up tokens: copy this part as it is --------------------------------------------------

    static final long LEEWAY = 5; // seconds that our clock may be behind where a token begins; its end is exact
    static final long LONGEST_LIFE = 300; // seconds between iat and exp, and since auth_time
    static final int LONGEST_TOKEN = 8 << 10;

    /**
     * What was proven: acr, method and amr. This host states the first factor "pwd" with every decision, so that amr begins
     * with it. Add no other: "urn:countersign:acr:second-factor" is a code without a password.
     */
    static final Set<List<Object>> ASSURANCE = Set.of(
        List.of("urn:countersign:acr:aal2", "totp", List.of("pwd", "otp", "mfa")),
        List.of("phr", "passkey", List.of("pwd", "pop", "mfa")),
        List.of("phr", "passkey", List.of("pwd", "pop", "user", "mfa")),
        List.of("urn:countersign:acr:recovery", "recovery_code", List.of("pwd", "mfa")),
        List.of("urn:countersign:acr:recovery", "access_pass", List.of("pwd", "mfa")));

    /** The public keys of Countersign, fetched when a token needs them. Safe for concurrent use. */
    static final class Keys {
        static final long FRESH = 5 * 60, KEPT = 15 * 60; // seconds until they are fetched again, and until they no longer serve without that

        final String url;
        final double every; // an unknown kid costs a forger nothing, so it fetches once in so many seconds
        private Map<String, PublicKey> known = Map.of();
        private Long loaded, tried; // by System.nanoTime

        Keys(String url, double every) {
            this.url = url;
            this.every = every;
        }

        /** Returns the key of that id, or null. */
        synchronized PublicKey find(String kid) throws Unavailable {
            if (!(within(loaded, FRESH) && known.containsKey(kid)) && isDue()) load();
            if (!within(loaded, KEPT)) throw new Unavailable(url + " has given no keys");
            return known.get(kid);
        }

        private boolean isDue() { return !within(tried, within(loaded, KEPT) ? every : Math.min(1, every)); }

        private void load() {
            long began = tried = System.nanoTime();
            Map<String, PublicKey> found = new HashMap<>();
            try {
                JsonElement keys = fetch(HttpRequest.newBuilder(URI.create(url)).header("Cache-Control", "no-cache")).get("keys");
                for (JsonElement jwk : keys instanceof JsonArray all ? all : new JsonArray()) add(found, jwk);
            } catch (Unavailable e) {
                log("the keys could not be fetched: " + e.getMessage());
                return;
            }
            if (found.isEmpty()) return; // a set without any would make every token invalid: it is no answer of the service
            known = found;
            loaded = began;
        }

        private static boolean within(Long at, double seconds) { return at != null && System.nanoTime() - at < seconds * 1e9; }

        /** Adds the key of a JWK, unless Countersign does not sign with such. */
        private static void add(Map<String, PublicKey> found, JsonElement element) {
            if (!(element instanceof JsonObject jwk)) return;
            String x = text(jwk, "x"), y = text(jwk, "y"), kid = text(jwk, "kid");
            boolean ours = "EC".equals(text(jwk, "kty")) && "P-256".equals(text(jwk, "crv")) && "sig".equals(text(jwk, "use")) && "ES256".equals(text(jwk, "alg"));
            try {
                // The id is the thumbprint (RFC 7638), so that no key can stand for another.
                if (!ours || x == null || y == null || !thumbprint(x, y).equals(kid) || decode(x).length != 32 || decode(y).length != 32) return;
                ECPoint point = new ECPoint(new BigInteger(1, decode(x)), new BigInteger(1, decode(y)));
                if (isOnCurve(point)) found.put(kid, KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, P256)));
            } catch (IOException | GeneralSecurityException e) {
                log("a key is passed over");
            }
        }

        private static String thumbprint(String x, String y) throws GeneralSecurityException {
            String canonical = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + x + "\",\"y\":\"" + y + "\"}";
            return encode(MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8)));
        }

        private static boolean isOnCurve(ECPoint at) {
            BigInteger p = ((java.security.spec.ECFieldFp) P256.getCurve().getField()).getP(), x = at.getAffineX(), y = at.getAffineY();
            BigInteger right = x.pow(3).add(P256.getCurve().getA().multiply(x)).add(P256.getCurve().getB()).mod(p);
            return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.pow(2).mod(p).equals(right);
        }
    }

    static final ECParameterSpec P256 = p256();

    static ECParameterSpec p256() {
        try {
            AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
            curve.init(new ECGenParameterSpec("secp256r1"));
            return curve.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no P-256", e);
        }
    }

    /** Checks step-up tokens of one tenant: verify throws unless one is good for this login. */
    record Verifier(String issuer, String tenant, String audience, Keys keys) {

        void verify(String token, String userId, String sessionId) throws Refused, Unavailable {
            JsonObject c = read(token);
            long now = System.currentTimeMillis() / 1000, exp = time(c, "exp");
            expect("iss", text(c, "iss"), issuer + "/" + tenant);
            expect("aud", text(c, "aud"), audience);
            expect("tid", text(c, "tid"), tenant);
            for (String name : List.of("sub", "client_id", "jti")) require(name, text(c, name) != null && !text(c, name).isEmpty());
            for (String name : List.of("iat", "nbf", "auth_time")) require(name, time(c, name) > 0 && time(c, name) <= now + LEEWAY);
            require("exp", now < exp && exp > time(c, "nbf") && exp > time(c, "iat") && exp - time(c, "iat") <= LONGEST_LIFE);
            require("sub: another user's", text(c, "sub").equals(userId));
            require("session_id: another session's", sessionId.equals(text(c, "session_id")));
            for (String name : List.of("nonce", "action")) require(name + ": none was asked for", !c.has(name) || "".equals(text(c, name)));
            require("acr, amr and method", ASSURANCE.contains(Arrays.asList(text(c, "acr"), text(c, "method"), texts(c.get("amr")))));
            require("auth_time: too long ago", now - time(c, "auth_time") <= LONGEST_LIFE);
        }

        /** Returns what a token says if one of the keys signed it. */
        private JsonObject read(String token) throws Refused, Unavailable {
            String[] parts = token.length() <= LONGEST_TOKEN ? token.split("\\.", -1) : new String[0];
            require("form", parts.length == 3);
            try {
                PublicKey key = keys.find(kid(object(utf8(decode(parts[0])))));
                require("kid: not in " + keys.url + ". If the tenant is a sandbox, start with --sandbox; if not, without", key != null);
                require("signature", isSigned(key, parts[0] + "." + parts[1], decode(parts[2])));
                return object(utf8(decode(parts[1])));
            } catch (IOException | GeneralSecurityException e) {
                throw new Refused("form");
            }
        }

        /**
         * The service writes these three. "crit" would have to be understood, and jku, x5u and jwk name keys of the sender's
         * choice (RFC 8725, section 3.10).
         */
        private static String kid(JsonObject header) throws Refused, IOException {
            String kid = text(header, "kid");
            boolean ours = header.size() == 3 && "ES256".equals(text(header, "alg")) && "step-up+jwt".equals(text(header, "typ"));
            require("header", ours && kid != null && decode(kid).length == 32);
            return kid;
        }

        /** A signature is R and S (RFC 7518, section 3.4). Some versions of Java took zeros for a good one (CVE-2022-21449). */
        private static boolean isSigned(PublicKey key, String message, byte[] signature) throws GeneralSecurityException {
            if (signature.length != 64) return false;
            for (int from : new int[] {0, 32}) {
                BigInteger half = new BigInteger(1, Arrays.copyOfRange(signature, from, from + 32));
                if (half.signum() == 0 || half.compareTo(P256.getOrder()) >= 0) return false;
            }
            Signature check = Signature.getInstance("SHA256withECDSAinP1363Format");
            check.initVerify(key);
            check.update(message.getBytes(StandardCharsets.UTF_8));
            return check.verify(signature);
        }

        private static List<String> texts(JsonElement of) {
            if (!(of instanceof JsonArray all)) return null;
            return all.asList().stream().map(e -> e.isJsonPrimitive() && e.getAsJsonPrimitive().isString() ? e.getAsString() : null).toList();
        }

        private static String utf8(byte[] raw) { return new String(raw, StandardCharsets.UTF_8); }

        private static void expect(String claim, String found, String expected) throws Refused {
            require(claim + ": the token has " + JSON.toJson(found == null ? null : new com.google.gson.JsonPrimitive(found)) + ", expected " + expected, expected.equals(found));
        }

        private static void require(String claim, boolean holds) throws Refused {
            if (!holds) throw new Refused(claim);
        }
    }

    // --- Users and sessions: a product has its own ---------------------------------------------------------------------

    /** Salt and hash; both passwords are "correct horse". */
    static final Map<String, List<String>> USERS = Map.of(
        "ada", List.of("711ef58200c67ddba0435fcb601a7994", "251459c54a4400b6e7f9810a4cb050df9ea2f6e737d1da929a5f1238aa4ceaa2"),
        "ben", List.of("b0dec632749bbc580d236928c1ae53dd", "c306addd266d38777f5652028c3d81c385fae5a6054f89f32ab1966929661564"));

    /** Few, so that the example is quick. A product takes 600,000, or Argon2id from a library. */
    static final int ROUNDS = 10_000;

    static boolean isPassword(String name, String password) throws GeneralSecurityException {
        List<String> user = USERS.getOrDefault(name, List.of("00", "")); // whoever is unknown takes as long
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), HexFormat.of().parseHex(user.get(0)), ROUNDS, 256);
        byte[] hash = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
        return MessageDigest.isEqual(hash, HexFormat.of().parseHex(user.get(1)));
    }

    /** @param id goes to Countersign; it is not the cookie, with which whoever sees a token could open the session */
    record Session(String userId, String id, boolean isOpen, long ends) {
        boolean isOver() { return System.nanoTime() - ends >= 0; }
    }

    /** Sessions by the value of their cookie. Safe for concurrent use. */
    static final class Sessions {
        private static final SecureRandom RANDOM = new SecureRandom();
        private final Map<String, Session> all = new ConcurrentHashMap<>();

        Session find(String cookie) {
            Session session = all.get(cookie);
            return session == null || session.isOver() ? null : session;
        }

        /** Starts a login whose password was right, and returns its cookie. */
        String begin(String userId, String before) {
            all.remove(before);
            return put(userId, false, Duration.ofMinutes(15));
        }

        /** Opens the session of a login under a new cookie; null when it is over, or was opened meanwhile. */
        String open(String cookie, Session pending) {
            return all.remove(cookie, pending) ? put(pending.userId(), true, Duration.ofHours(8)) : null;
        }

        void end(String cookie) { all.remove(cookie); }

        private String put(String userId, boolean isOpen, Duration lasts) {
            all.values().removeIf(Session::isOver);
            String cookie = random();
            all.put(cookie, new Session(userId, random(), isOpen, System.nanoTime() + lasts.toNanos()));
            return cookie;
        }

        private static String random() {
            byte[] bytes = new byte[32];
            RANDOM.nextBytes(bytes);
            return encode(bytes);
        }
    }

    // --- The pages and the two routes of the second step ---------------------------------------------------------------

    static final String HEAD = """
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Host</title>
        """;
    static final String LOGIN = HEAD + """
        <form method="post" action="/login"><input name="username" aria-label="Name" autocomplete="username">
        <input name="password" type="password" aria-label="Password" autocomplete="current-password"><button>Log in</button></form>
        """;
    static final String CODE = HEAD + """
        <script type="module" src="%s/ui/challenge.js"></script>
        <countersign-challenge tickets="/login/ticket" proof="/login/second-step" next="/" autofocus></countersign-challenge>
        """;
    static final String HOME = HEAD + """
        <p>Welcome, %s</p><form method="post" action="/logout"><button>Log out</button></form>
        """;

    static final int LARGEST_BODY = 4 << 10;

    /** @param origin of this host, as its browsers see it */
    record App(Service service, Verifier verifier, Sessions sessions, String origin) {

        interface Route {
            void serve(Call call) throws IOException, GeneralSecurityException;
        }

        Map<String, Map<String, Route>> routes() {
            return Map.of(
                "/", Map.of("GET", this::home),
                "/login", Map.of("GET", call -> call.page(200, LOGIN), "POST", this::login),
                "/login/code", Map.of("GET", call -> call.page(200, CODE.formatted(service.url()))),
                "/login/ticket", Map.of("POST", this::ticket),
                "/login/second-step", Map.of("POST", this::secondStep),
                "/logout", Map.of("POST", this::logout));
        }

        void serve(HttpExchange exchange) {
            Call call = new Call(exchange, this);
            Map<String, Route> methods = routes().get(exchange.getRequestURI().getPath());
            try (exchange) {
                if (methods == null) call.json(404, message("Not found"));
                else if (!methods.containsKey(exchange.getRequestMethod())) call.json(405, message("Method not allowed"));
                else if (exchange.getRequestMethod().equals("POST") && !call.isSameOrigin()) call.json(403, message("Forbidden"));
                else methods.get(exchange.getRequestMethod()).serve(call);
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                log("a request was not answered: " + e);
            }
        }

        /** Asks Countersign what this login takes. Nothing but the decision "allow" opens the session here. */
        void ticket(Call call) throws IOException {
            Session pending = call.pending();
            if (pending == null) {
                call.json(401, message("Nobody is logging in"));
                return;
            }
            JsonObject decision;
            try {
                JsonArray firstFactor = new JsonArray();
                firstFactor.add("pwd");
                JsonObject asked = json("user_id", pending.userId(), "session_id", pending.id());
                asked.add("first_factor", firstFactor);
                decision = service.call("POST", "/v1/decisions", asked);
            } catch (Unavailable e) {
                log("no decision: " + e.getMessage());
                call.json(503, message("Try again shortly"));
                return;
            }
            String outcome = text(decision, "decision"), ticket = text(decision, "ticket");
            if ("allow".equals(outcome)) {
                open(call, pending, 200, json("outcome", "allow"));
            } else if ("deny".equals(outcome)) {
                call.json(403, message("Forbidden"));
            } else if (("challenge".equals(outcome) || "enroll".equals(outcome)) && ticket != null && !ticket.isEmpty()) {
                JsonObject given = json("outcome", outcome, "user_id", pending.userId(), "ticket", ticket);
                for (String name : List.of("reason", "enroll_by")) if (text(decision, name) != null) given.add(name, decision.get(name));
                call.json(200, given);
            } else {
                log("no decision that is known");
                call.json(503, message("Try again shortly"));
            }
        }

        /** Opens the session for a token that is good for this user in this session. */
        void secondStep(Call call) throws IOException {
            Session pending = call.pending();
            if (pending == null) {
                call.json(401, message("Nobody is logging in"));
                return;
            }
            try {
                List<String> tokens = call.exchange().getRequestHeaders().getOrDefault("Step-Up-Token", List.of());
                if (tokens.size() != 1) throw new Refused("one Step-Up-Token is needed");
                verifier.verify(tokens.get(0), pending.userId(), pending.id());
            } catch (Refused e) {
                log("a login was not finished: " + e.getMessage());
                call.json(403, message("Forbidden"));
                return;
            } catch (Unavailable e) {
                log("a token cannot be checked: " + e.getMessage());
                call.json(503, message("Try again shortly"));
                return;
            }
            open(call, pending, 204, null);
        }

        private void open(Call call, Session pending, int status, JsonObject body) throws IOException {
            String cookie = sessions.open(call.cookie(), pending);
            if (cookie == null) {
                call.json(401, message("Nobody is logging in"));
                return;
            }
            call.keep(cookie);
            call.json(status, body);
        }

        void login(Call call) throws IOException, GeneralSecurityException {
            byte[] body = call.exchange().getRequestBody().readNBytes(LARGEST_BODY);
            Map<String, String> form = new HashMap<>();
            for (String pair : new String(body, StandardCharsets.UTF_8).split("&")) {
                String[] parts = pair.split("=", 2);
                try {
                    if (parts.length == 2) form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    continue; // %zz is nobody's name
                }
            }
            String name = form.getOrDefault("username", "");
            if (!isPassword(name, form.getOrDefault("password", ""))) {
                call.page(401, LOGIN + "<p>That name and password do not belong together.</p>");
                return;
            }
            call.keep(sessions.begin(name, call.cookie()));
            call.see("/login/code");
        }

        void logout(Call call) throws IOException {
            sessions.end(call.cookie());
            call.see("/login");
        }

        void home(Call call) throws IOException {
            Session session = sessions.find(call.cookie());
            if (session == null || !session.isOpen()) call.see("/login");
            else call.page(200, HOME.formatted(session.userId())); // one of ours: escape what may hold markup
        }
    }

    /** One request and its answer. */
    record Call(HttpExchange exchange, App app) {

        /** Browsers send one of the two headers with every POST. Whoever sends neither is none, and is refused. */
        boolean isSameOrigin() {
            String site = exchange.getRequestHeaders().getFirst("Sec-Fetch-Site");
            return site != null ? site.equals("same-origin") : app.origin().equals(exchange.getRequestHeaders().getFirst("Origin"));
        }

        Session pending() {
            Session session = app.sessions().find(cookie());
            return session == null || session.isOpen() ? null : session;
        }

        String cookie() {
            String sent = exchange.getRequestHeaders().getFirst("Cookie");
            for (String pair : (sent == null ? "" : sent).split("; *")) if (pair.startsWith("session=")) return pair.substring("session=".length());
            return "";
        }

        void keep(String cookie) {
            String secure = app.origin().startsWith("https:") ? "; Secure" : "";
            exchange.getResponseHeaders().set("Set-Cookie", "session=" + cookie + "; Path=/; HttpOnly; SameSite=Lax" + secure);
        }

        void see(String path) throws IOException {
            exchange.getResponseHeaders().set("Location", path);
            answer(303, "text/plain", "");
        }

        void page(int status, String text) throws IOException { answer(status, "text/html; charset=utf-8", text); }

        void json(int status, JsonObject body) throws IOException { answer(status, "application/json", body == null ? "" : body.toString()); }

        private void answer(int status, String mediaType, String text) throws IOException {
            String service = app.service().url();
            var headers = exchange.getResponseHeaders();
            headers.set("Content-Type", mediaType);
            headers.set("Cache-Control", "no-store");
            headers.set("Content-Security-Policy", "default-src 'none'; script-src " + service + "; connect-src 'self' " + service
                + "; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
            headers.set("X-Content-Type-Options", "nosniff");
            headers.set("Referrer-Policy", "no-referrer");
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) exchange.getResponseBody().write(body);
        }
    }

    static JsonObject json(String... namesAndTexts) {
        JsonObject made = new JsonObject();
        for (int i = 0; i < namesAndTexts.length; i += 2) made.addProperty(namesAndTexts[i], namesAndTexts[i + 1]);
        return made;
    }

    static JsonObject message(String text) { return json("message", text); }

    static void log(String line) { System.err.println(line); }

    static final String USAGE = """
        usage: java -cp /usr/share/java/gson.jar Host.java [--NAME VALUE ...] [--sandbox]

          --addr          address to listen on (127.0.0.1:8083)
          --origin        this host's origin, as browsers see it (http://localhost and the port)
          --countersign   base URL of Countersign (http://localhost:8080)
          --issuer        its COUNTERSIGN_ISSUER, where that is not the base URL
          --tenant        name of the tenant (demo)
          --audience      whom tokens are for, where that is not the tenant's name
          --key           file with a service key of the scopes login and directory (data/demo.key)
          --sandbox       take the tokens of a sandbox, and those alone: for tests
          --keys-every    fetch keys at most once in so many seconds (60)
        """;

    static Map<String, String> options(String[] words) {
        Set<String> known = Set.of("addr", "origin", "countersign", "issuer", "tenant", "audience", "key", "keys-every");
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < words.length; i++) {
            String name = words[i].replaceFirst("^--", "");
            if (name.equals("sandbox")) {
                given.put(name, "true");
            } else if (known.contains(name) && i + 1 < words.length) {
                given.put(name, words[++i]);
            } else {
                System.err.print(USAGE);
                System.exit(2);
            }
        }
        return given;
    }

    public static void main(String[] words) throws IOException {
        Map<String, String> given = options(words);
        String url = given.getOrDefault("countersign", "http://localhost:8080"), tenant = given.getOrDefault("tenant", "demo");
        Service service = new Service(url, Files.readString(Path.of(given.getOrDefault("key", "data/demo.key"))).strip());
        String set = given.containsKey("sandbox") ? "jwks-sandbox" : "jwks";
        Keys keys = new Keys(url + "/.well-known/" + set + ".json", Double.parseDouble(given.getOrDefault("keys-every", "60")));
        Verifier verifier = new Verifier(given.getOrDefault("issuer", url), tenant, given.getOrDefault("audience", tenant), keys);

        String[] addr = given.getOrDefault("addr", "127.0.0.1:8083").split(":");
        System.setProperty("sun.net.httpserver.maxReqTime", "15"); // seconds, else slow senders hold every thread
        System.setProperty("sun.net.httpserver.maxRspTime", "15");
        HttpServer server = HttpServer.create(new InetSocketAddress(addr[0], Integer.parseInt(addr[1])), 0);
        String origin = given.getOrDefault("origin", "http://localhost:" + server.getAddress().getPort());
        App app = new App(service, verifier, new Sessions(), origin);
        server.createContext("/", app::serve);
        server.setExecutor(Executors.newFixedThreadPool(16));
        for (String name : USERS.keySet()) { // a product does so whenever one of its users is created or changes
            JsonObject user = json("username", name, "auth_source", "local", "role", "member");
            user.addProperty("active", true);
            try {
                service.call("PUT", "/v1/users/" + name, user);
            } catch (Unavailable e) {
                log(name + " is not mirrored: " + e.getMessage());
            }
        }
        server.start();
        System.out.println("listening at " + origin);
    }
}

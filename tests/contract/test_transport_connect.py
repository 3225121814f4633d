import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.credentials import CredentialError, identity_of
from providers.http2.trouble import HINTS as OUR_HINTS
from providers.transport import Ambiguous, Answer, NotSent, Transport
from providers.wire_errors import HINTS
from tests.contract.plain_server import drain, forward, serving
from tests.contract.stranger import Stranger, Strangers
from tests.contract.wire import Run, Way, post, tunnels, wire

SECRET = "00ffSECRETtoken"


def test_a_refused_port_was_not_sent(run: Run) -> None:
    """A port where nobody listens is NotSent, and may heal."""

    async def scenario() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            async with wire(f"https://127.0.0.1:{unused.getsockname()[1]}") as transport:
                assert await post(transport, SECRET) == NotSent("cannot connect: Connection refused")

    run(scenario())


def test_an_unknown_authority_is_a_configuration_fault(node: Stranger, run: Run, way: Way, tmp_path: Path) -> None:
    """A server that another authority signed is NotSent, and a person has to act."""

    async def scenario() -> None:
        path = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(path))
        verdict = "self-signed certificate in certificate chain"
        ours = f"cannot connect: invalid peer certificate: {verdict}; {OUR_HINTS[verdict]}"
        theirs = f"client error (Connect), invalid peer certificate: UnknownIssuer; {HINTS['UnknownIssuer']}"
        async with way.open(node.origin, ca_file=str(path)) as transport:
            assert await post(transport, SECRET) == NotSent(way.says(ours, theirs), True)

    run(scenario())


@contextmanager
def shaking(certificate: bytes, key: bytes, folder: Path) -> Iterator[tuple[int, list[ssl.SSLSocket]]]:
    """Shake hands with a certificate; give the port, and the connections whose clients were content with it."""
    content: list[ssl.SSLSocket] = []
    (folder / "server.pem").write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(folder / "server.pem")

    def shake(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            content.append(secure)
            drain(secure)

    with serving(shake) as port:
        yield port, content


def self_signed(address: str) -> tuple[bytes, bytes]:
    """Return what ``openssl req -x509`` makes for an address: a certificate with CA:TRUE, and its key (PEM)."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(names, critical=True).add_extension(identifier, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM), pem


def test_a_server_that_shows_an_authority_as_its_own_certificate_is_told_how_to_mend_it(
    run: Run, tmp_path: Path
) -> None:
    """Through a proxy a CA:TRUE certificate is no server's: NotSent, with the words for the person who made it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async def scenario() -> None:
        pair = authority.cert_pem.bytes(), authority.private_key_pem.bytes()
        with shaking(*pair, tmp_path) as (port, _), tunnels() as proxy:
            origin = f"https://127.0.0.1:{port}"
            async with wire(origin, ca_file=str(tmp_path / "ca.pem"), proxy=proxy) as transport:
                outcome = await post(transport, SECRET)
        assert isinstance(outcome, NotSent)
        assert outcome.configuration
        assert HINTS["CaUsedAsEndEntity"] in outcome.cause

    run(scenario())


def test_a_certificate_that_signed_itself_is_believed_where_it_is_trusted(run: Run, tmp_path: Path) -> None:
    """What ``openssl req -x509`` makes says CA:TRUE; our own wire takes it for a server's, if it has the right name."""
    pair = self_signed("127.0.0.1")
    (tmp_path / "ca.pem").write_bytes(pair[0])

    async def scenario() -> None:
        with shaking(*pair, tmp_path) as (port, content):
            origin = f"https://127.0.0.1:{port}"
            async with wire(origin, ca_file=str(tmp_path / "ca.pem"), connect_timeout=2.0) as transport:
                assert await post(transport, SECRET) == NotSent("cannot connect: no connection within 2 s")
        assert len(content) == 1

    run(scenario())


def test_an_impossible_name_is_a_configuration_fault(run: Run) -> None:
    """A host name that DNS cannot hold is NotSent, and a person has to act."""

    async def scenario() -> None:
        async with wire(f"https://{'a' * 64}.invalid") as transport:
            assert await post(transport, SECRET) == NotSent("cannot connect: invalid dns name", True)

    run(scenario())


def test_an_unresolvable_name_was_not_sent(run: Run) -> None:
    """A name without an address is NotSent, whatever the resolver's words."""

    async def scenario() -> None:
        async with wire("https://nobody.invalid") as transport:
            outcome = await post(transport, SECRET, 20)
            assert isinstance(outcome, NotSent)
            assert "dns error" in outcome.cause
            assert SECRET not in outcome.cause

    run(scenario())


def test_a_client_certificate_is_shown(strangers: Strangers, tmp_path: Path, run: Run, way: Way) -> None:
    """A server that asks for a certificate gets it; without one nothing is answered, and a person has to act.

    Under TLS 1.3 a server refuses after the handshake, by an alert. Our own wire sends nothing before the server's
    SETTINGS, so that it knows that nothing was sent.
    """

    async def scenario(server: Stranger) -> None:
        path = tmp_path / "identity.pem"
        server.ca.issue_cert("push").private_key_and_cert_chain_pem.write_to_path(str(path))
        identity = identity_of(path.read_bytes(), str(path))
        async with way.open(server.origin, ca_file=server.ca_file, identity_pem=identity) as transport:
            assert isinstance(await post(transport, "ok"), Answer)
        async with way.open(server.origin, ca_file=server.ca_file) as transport:
            outcome = await post(transport, "ok")
            assert not isinstance(outcome, Answer)
            if way.proxy is None:
                assert outcome == NotSent("cannot connect: TLS: tlsv13 alert certificate required", True)

    with strangers.server(tmp_path, mutual=True) as server:
        run(scenario(server))


def test_a_server_without_tls_is_a_configuration_fault(run: Run, way: Way) -> None:
    """A port that does not speak TLS is NotSent, and a person has to act."""

    def speak(connection: socket.socket) -> None:
        # One that speaks before the client's hello may be taken for the proxy; one that closes with the hello unread
        # resets the connection, and a reset may overtake the answer.
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        drain(connection)

    async def scenario(port: int) -> None:
        async with way.open(f"https://127.0.0.1:{port}") as transport:
            outcome = await post(transport, SECRET)
            assert isinstance(outcome, NotSent)
            assert outcome.configuration
            assert way.says("the port does not speak TLS", "received corrupt message") in outcome.cause

    with serving(speak) as port:
        run(scenario(port))


def test_a_certificate_for_another_name_is_a_configuration_fault(run: Run, way: Way, tmp_path: Path) -> None:
    """A trusted authority does not help a server that has another name."""
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(context)

    def shake(connection: socket.socket) -> None:
        with pytest.raises(OSError, match=r"ALERT|EOF|reset"):
            context.wrap_socket(connection, server_side=True).recv(1)

    async def scenario(port: int) -> None:
        async with way.open(f"https://127.0.0.1:{port}", ca_file=str(ca_file)) as transport:
            outcome = await post(transport, SECRET)
            assert isinstance(outcome, NotSent)
            assert outcome.configuration
            words = way.says("IP address mismatch", "certificate not valid for name")
            assert f"invalid peer certificate: {words}" in outcome.cause

    with serving(shake) as port:
        run(scenario(port))


def test_no_common_cipher_is_a_configuration_fault(run: Run, way: Way) -> None:
    """A server that refuses the handshake with an alert is NotSent, and a person has to act."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    def shake(connection: socket.socket) -> None:
        with pytest.raises(ssl.SSLError, match="NO_SHARED_CIPHER"):
            context.wrap_socket(connection, server_side=True)

    async def scenario(port: int) -> None:
        ours = "cannot connect: TLS: sslv3 alert handshake failure"
        theirs = "client error (Connect), received fatal alert: HandshakeFailure"
        async with way.open(f"https://127.0.0.1:{port}") as transport:
            assert await post(transport, SECRET) == NotSent(way.says(ours, theirs), True)

    with serving(shake) as port:
        run(scenario(port))


def test_a_stalled_handshake_was_not_sent(run: Run, way: Way) -> None:
    """A handshake that never ends is NotSent for all who waited for it, if connecting has the shorter limit."""

    async def scenario(port: int) -> None:
        async with way.open(f"https://127.0.0.1:{port}", connect_timeout=0.2) as transport:
            outcomes = await asyncio.gather(*(post(transport, SECRET, 2.0) for _ in range(5)))
            assert {type(outcome) for outcome in outcomes} == {NotSent}
            assert not any(outcome.configuration for outcome in outcomes if isinstance(outcome, NotSent))

    with serving(drain) as port:
        run(scenario(port))


def test_a_deadline_before_a_connection(run: Run, way: Way) -> None:
    """A deadline shorter than the connect limit is NotSent.

    Through a proxy it proves nothing, even in the handshake: the reason to keep it longer.
    """

    async def scenario(port: int) -> None:
        async with way.open(f"https://127.0.0.1:{port}") as transport:
            outcome = await post(transport, SECRET, 0.2)
            if way.proxy:
                assert outcome == Ambiguous("operation timed out")
            else:
                assert outcome == NotSent("deadline passed before a connection")

    with serving(drain) as port:
        run(scenario(port))


def test_a_proxy_carries_the_request(node: Stranger, run: Run) -> None:
    """Through a CONNECT proxy one tunnel is opened, with the proxy's password and none of the request's headers."""
    asked: list[bytes] = []

    def tunnel(connection: socket.socket) -> None:
        asked.append(connection.recv(4096))
        with socket.create_connection(("127.0.0.1", int(node.origin.rpartition(":")[2]))) as onward:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            forward(connection, onward)

    async def scenario(port: int) -> None:
        proxy = f"http://user:pw@127.0.0.1:{port}"
        async with wire(node.origin, ca_file=node.ca_file, proxy=proxy) as transport:
            outcomes = await asyncio.gather(*(post(transport, "ok") for _ in range(20)))
            assert {type(outcome) for outcome in outcomes} == {Answer}

    with serving(tunnel) as port:
        run(scenario(port))
    assert len(asked) == 1
    assert b"Basic dXNlcjpwdw==" in asked[0]
    assert b"SECRET" not in asked[0]


def test_a_proxy_that_refuses_was_not_sent(run: Run) -> None:
    """A proxy's refusal is NotSent, and its password is not in the cause."""

    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")

    async def scenario(port: int) -> None:
        async with wire("https://127.0.0.1:1", proxy=f"http://user:SECRETpw@127.0.0.1:{port}") as transport:
            outcome = await post(transport, SECRET)
            assert isinstance(outcome, NotSent)
            assert outcome.configuration
            assert "proxy authorization required" in outcome.cause
            assert "SECRET" not in outcome.cause

    with serving(refuse) as port:
        run(scenario(port))


def test_the_environment_s_proxy_is_ignored(node: Stranger, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the configured proxy is used, so that a stray variable cannot reroute a token."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    async def scenario() -> None:
        async with wire(node.origin, ca_file=node.ca_file) as transport:
            assert isinstance(await post(transport, "ok"), Answer)

    run(scenario())


def test_unusable_settings_are_refused_at_once(tmp_path: Path) -> None:
    """A bad authority file, identity or proxy is an error when the transport is made, not at the first push."""
    path = tmp_path / "ca.pem"
    path.write_bytes(b"garbage")
    with pytest.raises(CredentialError):
        Transport("https://127.0.0.1:1", ca_file=str(path))
    with pytest.raises(CredentialError):
        Transport("https://127.0.0.1:1", identity_pem=b"garbage")
    with pytest.raises(ValueError, match=r"^proxy: not the URL of a proxy$"):
        Transport("https://127.0.0.1:1", proxy="http://user:SECRET@host:99999")


def test_a_client_certificate_that_the_tls_library_refuses(tmp_path: Path) -> None:
    """A key that is too short for it is an error when the transport is made, which quotes nothing."""
    name, now, key = x509.Name([]), datetime.now(UTC), rsa.generate_private_key(65537, 1024)  # noqa: S505 - the fault
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    identity = identity_of(certificate + pem, str(tmp_path))
    with pytest.raises(CredentialError, match=r"^the TLS library refuses the client certificate or ca_file$"):
        Transport("https://127.0.0.1:1", identity_pem=identity)


def test_closing_while_connecting(run: Run) -> None:
    """A wire that is closed in the handshake lets go of its callers and of the socket at once: nothing was sent."""

    async def scenario(port: int) -> None:
        transport = Transport(f"https://127.0.0.1:{port}")
        pending = [asyncio.ensure_future(post(transport, SECRET)) for _ in range(3)]
        await asyncio.to_thread(knocked.wait)
        async with asyncio.timeout(10):
            await transport.aclose()
            assert await asyncio.gather(*pending) == [NotSent("transport is closed")] * 3

    def knock(connection: socket.socket) -> None:
        knocked.set()
        drain(connection)

    knocked = threading.Event()
    with serving(knock) as port:
        run(scenario(port))


def test_a_wrong_address_is_a_configuration_fault(run: Run) -> None:
    """An origin that is no URL is NotSent, and a person has to act; a deadline in the past is NotSent too."""

    async def scenario() -> None:
        async with wire("api.push.example") as transport:
            assert await post(transport, SECRET) == NotSent("request cannot be built", True)
            assert await post(transport, SECRET, 0.0) == NotSent("deadline had passed")

    run(scenario())

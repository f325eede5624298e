"""NETCONF over TLS (RFC 7589) as another implementation's client meets it: Python's ssl module, with
certificates by the openssl command."""
import base64
import json
import socket
import ssl
import subprocess
import unittest

import house
from house import NS

BASE = NS["nc"]
END = b"]]>]]>"
HELLO = f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.1' \
        '</capability></capabilities></hello>]]>]]>'
MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
SESSIONS = f'<get><filter><netconf-state xmlns="{MONITORING}"><sessions/></netconf-state></filter>' \
           '</get>'


class Client:
    """A NETCONF session over a TLS connection."""

    def __init__(self, connection, context):
        connection.settimeout(20)
        self.tls = context.wrap_socket(connection)
        self.left = b""
        self.tls.sendall(HELLO.encode())
        self.hello = self.until(END)

    def until(self, mark):
        while mark not in self.left:
            block = self.tls.recv(65536)
            if not block:
                raise EOFError(self.left)
            self.left += block
        message, _, self.left = self.left.partition(mark)
        return message

    def call(self, body, number=1):
        text = f'<rpc xmlns="{BASE}" message-id="{number}">{body}</rpc>'
        self.tls.sendall(f"\n#{len(text)}\n{text}\n##\n".encode())
        message = self.until(b"\n##\n")
        out = b""
        while message:
            size, _, rest = message[2:].partition(b"\n")
            out, message = out + rest[:int(size)], rest[int(size):]
        return out.decode()


class Tls(house.House):
    def setUp(self):
        self.tls_port = house.free_port()
        self.home, self.home_port = house.listener()
        self.addCleanup(self.home.close)
        super().setUp()
        house.wait_for("the agent listening for TLS", self.listens_for_tls)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder)

    def issue(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", f"{name}.key", "-out",
                     f"{name}.pem", "-subj", "/O=operator", "-days", "1", "-addext",
                     f"subjectAltName=email:{name}", "-addext", "basicConstraints=critical,CA:FALSE",
                     "-addext", "keyUsage=critical,digitalSignature", "-addext",
                     "extendedKeyUsage=clientAuth")

    def write_startup(self):
        super().write_startup()
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=operator", "-days", "1",
                     "-addext", "keyUsage=critical,keyCertSign")
        with open(f"{self.folder}/ca.pem") as f:
            der = ssl.PEM_cert_to_DER_cert(f.read())
        digest = subprocess.run(["openssl", "x509", "-in", f"{self.folder}/ca.pem", "-noout",
                                 "-fingerprint", "-sha256"], check=True, capture_output=True,
                                text=True).stdout.strip().partition("=")[2]
        self.issue("manager@operator.example")
        self.issue("nobody@operator.example")
        with open(f"{self.folder}/startup.json") as f:
            startup = json.load(f)
        access = startup["femto-agent-access:agent-access"]
        access["listen"]["endpoint"].append({"name": "tls", "address": "127.0.0.1", "transport": "tls",
                                             "port": self.tls_port})
        access["call-home"] = {"target": [{"name": "ms", "address": "127.0.0.1", "transport": "tls",
                                           "port": self.home_port, "max-backoff": 1}]}
        access["tls"] = {
            "trust-anchor": [{"name": "operator", "certificate": base64.b64encode(der).decode()}],
            "cert-to-name": [{"id": 1, "fingerprint": "04:" + digest,
                              "map-type": "ietf-x509-cert-to-name:san-rfc822-name"}]}
        for group in startup["ietf-netconf-acm:nacm"]["groups"]["group"]:
            if group["name"] == "secmf":
                group["user-name"].append("manager@operator.example")
        startup["ietf-netconf-acm:nacm"]["rule-list"] = [
            {"name": "access", "group": ["secmf"], "rule": [
                {"name": "access", "module-name": "femto-agent-access", "access-operations": "*",
                 "action": "permit"}]}]
        with open(f"{self.folder}/startup.json", "w") as f:
            json.dump(startup, f)

    def listens_for_tls(self):
        with socket.create_connection(("127.0.0.1", self.tls_port), 1):
            return True

    def context(self, name="manager@operator.example"):
        """A client that has pinned the agent's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(f"{self.folder}/keys/tls_certificate.pem")
        if name:
            context.load_cert_chain(f"{self.folder}/{name}.pem", f"{self.folder}/{name}.key")
        return context

    def connect_tls(self, **more):
        return Client(socket.create_connection(("127.0.0.1", self.tls_port), 20),
                      self.context(**more))

    def test_a_session(self):
        client = self.connect_tls()
        self.assertEqual(client.tls.version(), "TLSv1.3")
        self.assertIn(b"<session-id>", client.hello)
        with self.connect():
            reply = client.call(SESSIONS)
        self.assertIn("netconf-tls</transport><username>manager@operator.example</username>"
                      "<source-host>127.0.0.1</source-host>", reply)
        self.assertIn("netconf-ssh</transport><username>manager</username>", reply)
        collection = f'<femto-security xmlns="{NS["fs"]}"><collection><node-id>by-tls</node-id>' \
                     '</collection></femto-security>'
        self.assertIn("<ok/>", client.call("<edit-config><target><running/></target><config>"
                                           f"{collection}</config></edit-config>", 2))
        everything = client.call("<get/>", 3)
        self.assertIn("<node-id>by-tls</node-id>", everything)
        self.assertIn("<ok/>", client.call("<close-session/>", 4))
        self.assertEqual(client.tls.recv(1), b"")  # close_notify, or it would raise
        client.tls.close()

    def test_who_has_no_certificate_or_no_group(self):
        with self.assertRaises((OSError, EOFError)):
            self.connect_tls(name=None)
        client = self.connect_tls(name="nobody@operator.example")
        self.assertNotIn("<username>", client.call(SESSIONS))
        client.tls.close()

    def test_call_home(self):
        connection, _ = self.home.accept()
        client = Client(connection, self.context())
        self.assertIn("netconf-tls</transport><username>manager@operator.example</username>",
                      client.call(SESSIONS))
        client.tls.close()
        self.home.settimeout(20)
        again, _ = self.home.accept()
        again.close()

    def test_an_anchor_that_is_removed_ends_the_session(self):
        client = self.connect_tls()
        anchor = f'<agent-access xmlns="{NS["faa"]}" xmlns:nc="{BASE}"><tls><trust-anchor ' \
                 'nc:operation="delete"><name>operator</name></trust-anchor></tls></agent-access>'
        with self.connect() as other:
            with self.assertRaises((OSError, EOFError)):
                client.call("<edit-config><target><running/></target><config>"
                            f"{anchor}</config></edit-config>")
                client.until(b"never")
            self.assertTrue(other.connected)
        with self.assertRaises((OSError, EOFError)):
            self.connect_tls()


if __name__ == "__main__":
    unittest.main(verbosity=2)

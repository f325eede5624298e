"""netopeer2-server on a sysrepo of its own, in a folder: what the agent is measured beside."""
import os
import shutil
import subprocess

import house

HOW = """\
No netopeer2-server: set NETOPEER2_SERVER, or have it in PATH, beside sysrepoctl and sysrepocfg.
No package of Debian 12 has it. From source, against Debian 12's libyang 2.1: libnetconf2 v2.1.34,
sysrepo v2.2.36, netopeer2 v2.1.49, all three with the same CMAKE_INSTALL_PREFIX, and the last with
    -DINSTALL_MODULES=OFF -DGENERATE_HOSTKEY=OFF -DMERGE_LISTEN_CONFIG=OFF -DBUILD_CLI=OFF
    -DNP2SRV_SSH_AUTHORIZED_KEYS_PATTERN=/run/netopeer2-keys/%s
    -DNP2SRV_SSH_AUTHORIZED_KEYS_ARG_IS_USERNAME=1
so that a user's key need not be put into his home. Run as root, who is above its access control."""
KEYS = "/run/netopeer2-keys"
LISTEN = """
<netconf-server xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-server"><listen><endpoint>
<name>bench</name><ssh>
<tcp-server-parameters><local-address>127.0.0.1</local-address><local-port>%d</local-port>
</tcp-server-parameters>
<ssh-server-parameters><server-identity><host-key><name>key</name><public-key>
<keystore-reference>genkey</keystore-reference></public-key></host-key></server-identity>
<client-authentication><supported-authentication-methods><publickey/>
</supported-authentication-methods><users/></client-authentication>
</ssh-server-parameters></ssh></endpoint></listen></netconf-server>
"""


def program():
    return os.environ.get("NETOPEER2_SERVER") or shutil.which("netopeer2-server")


class Netopeer:
    name = "netopeer2-server"
    user = "root"

    def __init__(self, folder, public_key):
        """Installs its modules and starts it; `public_key` is a file."""
        self.port = house.free_port()
        prefix = os.path.dirname(os.path.dirname(program()))
        self.environment = {
            **os.environ, "PATH": f"{prefix}/bin:{os.environ['PATH']}",
            "SYSREPO_REPOSITORY_PATH": f"{folder}/repository", "SYSREPO_SHM_PREFIX": f"bench{os.getpid()}",
            "SYSREPOCTL_EXECUTABLE": shutil.which("sysrepoctl", path=f"{prefix}/bin") or "sysrepoctl",
            "SYSREPOCFG_EXECUTABLE": shutil.which("sysrepocfg", path=f"{prefix}/bin") or "sysrepocfg",
            "OPENSSL_EXECUTABLE": "openssl", "NP2_MODULE_PERMS": "600",
            "NP2_MODULE_DIR": os.environ.get("NETOPEER2_MODULES", f"{prefix}/share/yang/modules/netopeer2")}
        self.log = open(f"{folder}/netopeer2.log", "ab")
        scripts = os.environ.get("NETOPEER2_SCRIPTS", f"{prefix}/share/netopeer2")
        for script in ("setup.sh", "merge_hostkey.sh"):
            self.run([f"{scripts}/{script}"])
        with open(f"{folder}/listen.xml", "w") as f:
            f.write(LISTEN % self.port)
        of = ["-m", "ietf-netconf-server"]
        self.run(["sysrepocfg", f"--edit={folder}/listen.xml", "-d", "startup", "-f", "xml", *of])
        self.run(["sysrepocfg", "-C", "startup", *of])
        os.makedirs(KEYS, exist_ok=True)
        shutil.copy(public_key, f"{KEYS}/{self.user}")
        self.process = subprocess.Popen(
            [program(), "-d", "-v", "1", "-p", f"{folder}/netopeer2.pid", "-f", folder],
            env=self.environment, stdout=self.log, stderr=self.log)
        self.pid = self.process.pid
        house.wait_for("netopeer2-server listening", lambda: house.listens(self.port), 60)

    def run(self, command):
        subprocess.run(command, env=self.environment, stdout=self.log, stderr=self.log, check=True)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.remove(f"{KEYS}/{self.user}")
        for name in os.listdir("/dev/shm"):
            if name.startswith(f"{self.environment['SYSREPO_SHM_PREFIX']}_"):
                os.remove(f"/dev/shm/{name}")
        self.log.close()

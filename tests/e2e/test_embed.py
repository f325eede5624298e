"""libfemtowatch-agent as a vendor gets it: installed, found by pkg-config and by CMake, linked into
the example, which runs the agent."""
import ctypes
import os
import signal
import subprocess
import tempfile
import unittest

from house import BUILD, House, children, wait_for

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def setUpModule():
    global stage, prefix, example
    folder = tempfile.TemporaryDirectory(prefix="femtowatch-install-")
    unittest.addModuleCleanup(folder.cleanup)
    stage = folder.name
    os.chmod(stage, 0o755)
    for component in ("agent", "development", "yang"):
        subprocess.run(["cmake", "--install", BUILD, "--component", component], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "DESTDIR": stage})
    prefix = stage + cached("CMAKE_INSTALL_PREFIX")
    example = f"{prefix}/share/doc/femtowatch/example"


def cached(name):
    with open(f"{BUILD}/CMakeCache.txt") as f:
        return next(line.partition("=")[2].strip() for line in f if line.startswith(name + ":"))


def pkg_config(*words):
    folder = next(f for f, _, files in os.walk(prefix) if "femtowatch-agent.pc" in files)
    env = {**os.environ, "PKG_CONFIG_PATH": folder, "PKG_CONFIG_SYSROOT_DIR": stage}
    return subprocess.run(["pkg-config", *words, "femtowatch-agent"], check=True, text=True,
                          capture_output=True, env=env).stdout.split()


def library_folder():
    return next(f for f, _, files in os.walk(prefix) if "libfemtowatch-agent.so" in files)


def build(compiler, source, to, *more):
    subprocess.run([*compiler.split(), *STRICT, source, *pkg_config("--cflags", "--libs"), *more,
                    "-o", to], check=True)


class Installed(unittest.TestCase):
    def test_the_header_is_clean_c_and_cpp(self):
        for compiler in ("cc -x c -std=c99", "c++ -x c++ -std=c++98", "c++ -x c++ -std=c++20"):
            subprocess.run([*compiler.split(), *STRICT, "-fsyntax-only", "-"], check=True, text=True,
                           input='#include <femtowatch-agent.h>\nstruct femtowatch_agent_options o'
                                 ' = FEMTOWATCH_AGENT_OPTIONS_INIT;\n',
                           cwd=stage, env={**os.environ, "CPATH": f"{prefix}/include"})

    def test_cmake_finds_it(self):
        for target in ("agent", "agent-static"):
            with self.subTest(target), tempfile.TemporaryDirectory() as folder:
                for name in os.listdir(example):
                    with open(f"{example}/{name}") as f, open(f"{folder}/{name}", "w") as to:
                        to.write(f.read().replace("femtowatch::agent)", f"femtowatch::{target})"))
                subprocess.run(["cmake", "-G", "Ninja", "-S", folder, "-B", f"{folder}/build",
                                f"-DCMAKE_PREFIX_PATH={prefix}"], check=True, capture_output=True)
                subprocess.run(["cmake", "--build", f"{folder}/build"], check=True,
                               capture_output=True)
                self.assertEqual(subprocess.run([f"{folder}/build/host"], stderr=subprocess.PIPE)
                                 .returncode, 2)

    def test_version_is_one(self):
        program = subprocess.run([f"{prefix}/sbin/femtowatch-agent", "--version"], check=True,
                                 capture_output=True, text=True).stdout.strip()
        self.assertEqual([program], pkg_config("--modversion"))
        self.assertTrue(os.path.exists(f"{library_folder()}/libfemtowatch-agent.so.{program}"))

    def test_all_that_a_node_needs_is_there(self):
        etc = stage + ("/etc" if cached("CMAKE_INSTALL_PREFIX") == "/usr" else
                       cached("CMAKE_INSTALL_PREFIX") + "/etc")
        for path in (f"{etc}/femtowatch/agent.conf", f"{prefix}/lib/systemd/system/femtowatch-agent.service",
                     f"{prefix}/share/yang/modules/femtowatch/femto-security.yang",
                     f"{prefix}/share/femtowatch/femto-baseline.json"):
            self.assertTrue(os.path.exists(path), path)


class Hosted(House):
    def start_agent(self):
        self.program = f"{self.folder}/host"
        build("cc -std=c99 -D_POSIX_C_SOURCE=200809L", f"{example}/host.c", self.program)
        self.said = f"{self.folder}/said"
        with open(self.said, "w") as out, open(f"{self.folder}/agent.log", "ab") as log:
            self.host = subprocess.Popen(
                [self.program, f"{self.folder}/agent.conf", f"{prefix}/sbin/femtowatch-agent"],
                stdout=out, stderr=log, env={**os.environ, "LD_LIBRARY_PATH": library_folder()})
        self.addCleanup(self.host.wait)
        self.addCleanup(self.host.kill)
        self.agent_pid = int(self.hears("running, process ").split()[-1])

    def hears(self, what, times=1):
        """The line of the host that has `what`, once it is there."""
        def lines():
            with open(self.said) as f:
                return [line.strip() for line in f if what in line and line.endswith("\n")]
        wait_for(f"the host saying {what!r}", lambda: len(lines()) >= times, 60)
        return lines()[-1]

    def gone(self, *pids):
        wait_for("the end of every process",
                 lambda: not any(alive(pid) for pid in pids))

    def test_the_agent_serves_and_ends_with_its_host(self):
        self.assertTrue(self.listens())
        with self.connect() as m:
            self.assertTrue(m.connected)
        everyone = [self.agent_pid, *children(self.agent_pid).values()]
        self.assertEqual(len(everyone), 4)
        self.host.kill()
        self.gone(*everyone)
        with self.assertRaises(OSError):
            self.listens()

    def test_the_host_stops_it(self):
        self.host.send_signal(signal.SIGTERM)
        self.hears("ended with 0")
        self.assertEqual(self.host.wait(timeout=10), 0)

    def test_the_host_sees_its_end_and_starts_it_again(self):
        everyone = [self.agent_pid, *children(self.agent_pid).values()]
        os.kill(self.agent_pid, signal.SIGKILL)
        self.hears("ended by signal 9")
        self.gone(*everyone)
        again = int(self.hears("running, process ", times=2).split()[-1])
        self.assertNotEqual(again, self.agent_pid)
        self.assertTrue(self.listens())

    def test_the_host_is_told_why_it_cannot_begin(self):
        with open(f"{self.folder}/agent.conf", "a") as f:
            f.write("colour = blue\n")
        os.kill(self.agent_pid, signal.SIGTERM)
        self.hears("ended with 0")
        self.assertIn(f'{self.folder}/agent.conf:5: there is no setting of this name: "colour = blue"',
                      self.hears("ended with 2: "))

    def test_it_takes_nothing_of_the_host_along(self):
        held = {os.readlink(f"/proc/{self.agent_pid}/fd/{fd}").partition(":")[0]
                for fd in os.listdir(f"/proc/{self.agent_pid}/fd")}
        self.assertLessEqual(held, {"/dev/null", f"{self.folder}/agent.log", "socket",
                                    "anon_inode"})
        self.assertEqual(os.readlink(f"/proc/{self.agent_pid}/cwd"), "/")
        self.assertEqual(os.getsid(self.agent_pid), self.agent_pid)


@unittest.skipIf(os.geteuid() != 0, "only root has capabilities")
class Bounded(House):
    def start_agent(self):
        with open(f"{prefix}/lib/systemd/system/femtowatch-agent.service") as f:
            self.kept = [word.lower() for line in f if line.startswith("CapabilityBoundingSet=")
                         for word in line.partition("=")[2].split()]
        names = ",".join("+" + name.removeprefix("cap_") for name in self.kept)
        with open(f"{self.folder}/agent.log", "ab") as log:
            self.unit = subprocess.Popen(
                ["setpriv", "--inh-caps=-all", f"--bounding-set=-all,{names}",
                 f"{prefix}/sbin/femtowatch-agent", "run", "--config",
                 f"{self.folder}/agent.conf"], stderr=log)
        self.addCleanup(self.unit.wait)
        self.addCleanup(self.unit.terminate)

    def test_the_capabilities_of_the_unit_are_enough(self):
        self.assertEqual(len(self.kept), 11)
        wait_for("the agent listening", self.listens, 60)
        wait_for("every process", lambda: len(children(self.unit.pid)) == 3)
        with self.connect() as m:
            self.assertTrue(m.connected)
        self.assertEqual({role: capabilities(pid) for role, pid in children(self.unit.pid).items()},
                         {"server": 0, "prober": 1 << 2 | 1 << 19 | 1 << 21, "gate": 1 << 10})


def capabilities(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1], 16) for line in f if line.startswith("CapPrm:"))


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("config_file", ctypes.c_char_p),
                ("program", ctypes.c_char_p), ("log_fd", ctypes.c_int),
                ("facts_directory", ctypes.c_char_p)]


class Verdict(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("outcome", ctypes.c_int),
                ("categories", ctypes.c_uint), ("category", ctypes.c_char_p),
                ("text", ctypes.c_char_p)]


class Facts(House):
    """What the host is told of the facts that it pushes."""
    collection = {"node-id": "n1", "category": [
        {"type": "femto-security-types:remote-login", "sampling-interval": 300}]}

    def start_agent(self):
        self.root_folder = tempfile.TemporaryDirectory(prefix="femtowatch-e2e-")
        self.addCleanup(self.root_folder.cleanup)
        self.facts = f"{self.root_folder.name}/facts.d"
        for name in (self.facts, f"{self.root_folder.name}/etc/ssh"):
            os.makedirs(name)
        subprocess.run(["chmod", "-R", "u=rwX,go=rX", self.root_folder.name], check=True)
        with open(f"{self.folder}/agent.conf", "a") as f:
            f.write(f"root = {self.root_folder.name}\nfacts-directory = /facts.d\n")
        self.library = ctypes.CDLL(f"{library_folder()}/libfemtowatch-agent.so")
        self.agent = ctypes.c_void_p()
        with open(f"{self.folder}/agent.log", "ab") as log:
            options = Options(ctypes.sizeof(Options), f"{self.folder}/agent.conf".encode(),
                              f"{prefix}/sbin/femtowatch-agent".encode(), log.fileno(),
                              self.facts.encode())
            self.assertEqual(self.library.femtowatch_agent_start(
                ctypes.byref(options), ctypes.byref(self.agent)), 0)
        self.addCleanup(self.end)
        wait_for("the agent listening", self.listens, 60)

    def end(self):
        self.library.femtowatch_agent_stop(self.agent)
        self.library.femtowatch_agent_wait(self.agent, 10000)
        self.library.femtowatch_agent_free(self.agent)

    def push(self, text):
        self.assertEqual(self.library.femtowatch_facts_write(
            self.facts.encode(), b"web.json", text.encode(), ctypes.c_size_t(len(text))), 0)

    def verdict(self):
        """(outcome, text) of web.json as it is now; nothing while it is pending."""
        self.assertGreaterEqual(self.library.femtowatch_agent_process(self.agent), 0)
        one = Verdict(ctypes.sizeof(Verdict))
        self.assertEqual(self.library.femtowatch_agent_get_verdict(
            self.agent, b"web.json", ctypes.byref(one)), 0)
        return one.outcome and (one.outcome, one.text.decode())

    def test_each_push_is_judged(self):
        policy = """{"femto-security:femto-security": {"inventory": {"remote-login":
            {"login-policy": [{"service": "femto-security-types:web-login",
                               "max-failed-attempts": %s}]}}}}"""
        self.push(policy % 5)
        self.assertEqual(wait_for("a first verdict", self.verdict), (1, ""))
        self.push(policy % '"many"')
        outcome, text = wait_for("a second one", self.verdict)
        self.assertEqual(outcome, 3)
        self.assertIn("many", text)
        self.push(policy % 3)
        self.assertEqual(wait_for("a third one", self.verdict), (1, ""))


if __name__ == "__main__":
    unittest.main()

"""A Debian 12 with nothing but its minimal set of packages, in a directory, made by mmdebstrap.

Of this machine it has what reaching a mirror takes: the mirror itself, apt's settings for proxies and
their passwords, names and certificates. `within` runs a command in it; mounts belong to the caller's
mount namespace and end with it."""
import glob
import hashlib
import os
import shutil
import subprocess
import tempfile
import time

RELEASES = ("bookworm", "bookworm-updates", "bookworm-security")
APT_SETTINGS = ("Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until", "Acquire::Check-Date")
BASE_SECONDS = 86_400  # a base that is older is made again
# What a command in the root is told: how to reach the network, whether this is CI, and the language, with which
# ccache keeps its objects apart.
TOLD = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "CI", "LANG", "LC_ALL")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def sources():
    """The lines of a sources.list: where this machine has Debian 12 from; none if it has it from nowhere."""
    found = output("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    wanted = {line for line in found.splitlines() if line.split()[1] in RELEASES and line.split()[2] == "main"}
    return [f"deb {line}" for line in sorted(wanted)]


def apt_settings():
    """How apt of this machine reaches a mirror, as a file of settings."""
    return "".join(output("apt-config", "dump", "--no-empty", name) for name in APT_SETTINGS)


def cached_base():
    """A tarball of the minimal set, at most a day old. It holds no package besides."""
    folder = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "roomlog")
    os.makedirs(folder, exist_ok=True)
    lines, settings = sources(), apt_settings()
    # apt of the minimal set trusts no certificate, so a mirror that is reached by TLS takes one package more.
    more = ["--include=ca-certificates"] if any("https:" in line for line in lines) else []
    key = hashlib.sha256(repr((lines, settings, more)).encode()).hexdigest()[:12]
    for old in glob.glob(os.path.join(folder, "debian-12-*.tar")):
        if time.time() - os.path.getmtime(old) > BASE_SECONDS:
            os.remove(old)
    base = os.path.join(folder, f"debian-12-{key}.tar")
    if not os.path.exists(base):
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            options = os.path.join(scratch, "apt.conf")
            with open(options, "w") as file:
                file.write(settings)
            made = os.path.join(scratch, "base.tar")
            # This machine may be lost in a power cut: dpkg need not sync each file.
            subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io",
                            f"--aptopt={options}", *more, RELEASES[0], made, *lines],
                           check=True, stdin=subprocess.DEVNULL)
            os.rename(made, base)
    return base


def unpack(root):
    subprocess.run(["tar", "--extract", "--file", cached_base(), "--directory", root, "--preserve-permissions",
                    "--numeric-owner", "--exclude=./dev/*"], check=True)
    for path in ("/etc/resolv.conf", "/etc/hosts", "/etc/apt/auth.conf", "/etc/ssl/certs/ca-certificates.crt"):
        if os.path.exists(path):
            os.makedirs(root + os.path.dirname(path), exist_ok=True)
            shutil.copyfile(path, root + path)
    shutil.copytree("/etc/apt/auth.conf.d", root + "/etc/apt/auth.conf.d", dirs_exist_ok=True)


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def mount_system(root):
    mount("-t", "proc", "proc", root + "/proc")
    mount("-t", "sysfs", "-o", "ro", "sysfs", root + "/sys")
    mount("--rbind", "/dev", root + "/dev")


def within(root, script, environment, **options):
    """A process that runs a script of bash in the root, with the surroundings of root's login there."""
    told = {name: os.environ[name] for name in TOLD if name in os.environ}
    login = {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb"}
    return subprocess.Popen(["chroot", root, "bash", "-c", script], env={**told, **login, **environment},
                            stdin=subprocess.DEVNULL, text=True, **options)

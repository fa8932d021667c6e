"""What `pip install` puts on a machine is the whole program and nothing but it.

The packages are listed by hand in setup.cfg and two of them lie beside incident/, so a forgotten folder
would show only at a user's: here it shows first. Nothing in these tests needs a network.
"""

import configparser
import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
#: package → its folder in the source, as `package_dir` in setup.cfg has it
MAPPED = {"incident": "incident", "incident.migrations": "migrations", "incident.playbooks": "playbooks"}
#: files a wheel must carry, by how their names end
SHIPPED = (".py", ".yaml", ".mo", ".po", "py.typed")

# fmt: off
ACTIVATE = (
    "activate", "majian", "--event", "local_positive_reported",
    "--set", "origin=local", "--set", "result=preliminary_positive", "--set", "cases=1",
    "--decided-by", "领导小组", "--basis", "诸市防控〔2021〕4号", "--reason", "test", "--yes", "--json",
)
# fmt: on


def shipped_files() -> dict[str, Path]:
    """Every file that belongs to the program: its name in the wheel → its folder's path in the source."""
    files = {}
    for package, folder in MAPPED.items():
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and file.name.endswith(SHIPPED) and "__pycache__" not in file.parts:
                inside = file.relative_to(ROOT / folder).as_posix()
                files[f"{package.replace('.', '/')}/{inside}"] = file
    return files


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command in an environment with nothing of ours in it; return what it printed."""
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8", **environment}
    done = subprocess.run(command, cwd=cwd, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build writes into its source."""
    source = tmp_path_factory.mktemp("source")
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "LICENSE", "README.md", "cli.py"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    for folder in MAPPED.values():
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", source / "dist", cwd=source)
    [built] = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with our wheel in it, and the libraries of the one the tests run in."""
    home = tmp_path_factory.mktemp("installation")
    run(sys.executable, "-m", "venv", home, cwd=home)
    run(home / "bin" / "pip", "install", "--no-index", "--no-deps", wheel, cwd=home)
    # A folder named in a .pth file is searched, but its own .pth files are not read. So the libraries are
    # seen and an editable `incident` among them is not.
    [site_packages] = home.glob("lib/python*/site-packages")
    (site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return home


def test_setup_cfg_lists_the_packages_that_are_on_disk() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = settings["options"]["packages"].split()
    folders = {name.rpartition("/")[0] for name in shipped_files()}
    on_disk = {folder.replace("/", ".") for folder in folders if "/locale/" not in folder}
    assert sorted(listed) == sorted(on_disk)


def test_every_package_has_an_init_file() -> None:
    files = shipped_files()
    folders = {name.rpartition("/")[0] for name in files if "/locale/" not in name}
    assert [folder for folder in sorted(folders) if f"{folder}/__init__.py" not in files] == []


@pytest.mark.parametrize("ending", SHIPPED)
def test_wheel_holds_every_file_of_the_program(wheel: Path, ending: str) -> None:
    expected = {name for name in shipped_files() if name.endswith(ending)}
    assert expected, f"nothing ends in {ending}: a test of nothing"
    assert expected - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_wheel_puts_nothing_beside_the_package(wheel: Path) -> None:
    """Neither cli.py, which is for a checkout, nor tests may land in site-packages."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"incident"}
    assert [name for name in names if "__pycache__" in name or name.endswith(".mako")] == []


def test_installed_program_activates_a_shipped_playbook_anywhere(installation: Path, tmp_path: Path) -> None:
    def incident(*arguments: str) -> str:
        settings = {"HOME": str(tmp_path), "INCIDENT_DB": f"sqlite:///{tmp_path / 'journal.db'}"}
        return run(installation / "bin" / "incident", *arguments, cwd=elsewhere, **settings)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    incident("adopt", "majian")
    activated: dict[str, Any] = json.loads(incident(*ACTIVATE))
    assert activated["to"] == "local_positive_detected"
    incident("db", "upgrade")
    assert list(elsewhere.iterdir()) == []

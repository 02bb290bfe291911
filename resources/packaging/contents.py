"""What may be in a package, and what must not: used when freezing, and again to check what was frozen.

A name nobody listed fails the check, so that nothing slips in with a new release of Qt or of a library.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

ROOMS = ("app", "ui", "providers")
"""The packages of ours; every module in them is frozen, also those that are imported by name."""

HIDDEN = [
    *(f"keyring.backends.{name}" for name in ("SecretService", "Windows", "macOS", "kwallet", "libsecret")),
    # httpx imports it by name when a proxy asks for it.
    "socksio",
]
"""Modules of others that are imported by name."""

DROPPED_MODULES = [
    "tkinter",
    "unittest",
    "test",
    "pydoc",
    "doctest",
    "lib2to3",
    "ensurepip",
    "idlelib",
    "pip",
    "setuptools",
    "pytest",
    "_pytest",
    "hypothesis",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    "PySide6.QtPrintSupport",
    "PySide6.QtSql",
    "PySide6.QtTest",
    "PySide6.QtXml",
    "PySide6.QtDesigner",
    "PySide6.QtUiTools",
    "PySide6.QtHelp",
    "PySide6.QtDBus",
]

# What every Linux desktop has; its own copy fits its drivers, fonts and input methods better than ours would.
# The Debian package names them as dependencies (`linux/control.in`).
OF_THE_SYSTEM = re.compile(
    r"""lib(
    X\w+|X11(-xcb)?|Xau|Xdmcp|xcb(-(?!cursor)[\w-]+)?|xkbcommon(-x11)?|wayland-\w+|EGL|GL|GLX|OpenGL|GLdispatch|drm|gbm
    |fontconfig|freetype|harfbuzz|graphite2|png16|expat|glib-2|gio-2|gobject-2|gmodule-2|gthread-2|pcre2-8
    |dbus-1|systemd|selinux|mount|blkid|uuid|cap|gcrypt|gpg-error|lz4|bsd|md
    |gssapi_krb5|krb5|krb5support|k5crypto|com_err|keyutils|resolv
    |gtk-3|gdk-3|gdk_pixbuf-2|atk-1|atk-bridge-2|atspi|cairo|cairo-gobject|epoxy|pango-1|pangocairo-1|pangoft2-1
    |pixman-1|zstd|fribidi|thai|datrie|jpeg|tiff|webp\w*|jbig|deflate|Lerc|brotlicommon|brotlidec|gcc_s|stdc\+\+
    )\.""",
    re.VERBOSE,
)

PLUGINS = {
    "platforms": {
        "xcb",
        "wayland",
        "wayland-egl",
        "wayland-generic",
        "offscreen",
        "minimal",
        "windows",
        "cocoa",
    },
    "imageformats": {"gif", "jpeg", "svg", "webp", "ico"},
    "iconengines": {"svgicon"},
    "styles": {"modernwindowsstyle", "windowsvistastyle", "macstyle"},
    "platforminputcontexts": {"compose", "ibus"},
    "platformthemes": {"xdgdesktopportal"},
    "wayland-shell-integration": {"xdg-shell"},
    "wayland-decoration-client": {"adwaita", "bradient"},
}

QT_LIBRARIES = {
    "Core",
    "DBus",
    "Gui",
    "Network",
    "OpenGL",
    "Svg",
    "WaylandClient",
    "Widgets",
    "WlShellIntegration",
    "XcbQpa",
}

TRANSLATIONS = re.compile(r"qtbase_(zh_CN|en)\.qm$")

# Python's own tests, and encodings that no file of a user of ours has.
_PYTHON_EXTRAS = re.compile(
    r"_(test\w*|xxtestfuzz|xxsubinterpreters|ctypes_test|codecs_(jp|kr|iso2022))\.|xxlimited"
)


# What running needs of a distribution's papers. RECORD and its like tell of the build machine, and differ
# from build to build; the licences lie together in a folder of their own.
_PAPERS = re.compile(r"(METADATA|entry_points\.txt)$")


def modules_of(root: Path) -> list[str]:
    """The names of all modules of ours below `root`."""
    names: list[str] = []
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def wanted(target: str) -> bool:
    """Whether a file PyInstaller found belongs into the package; `target` is its place there."""
    path = PurePosixPath(target.replace("\\", "/"))
    parts, name = path.parts, path.name
    if "plugins" in parts:
        family = parts[parts.index("plugins") + 1]
        return _plugin(name) in PLUGINS.get(family, set())
    if "translations" in parts and "PySide6" in parts:
        return bool(TRANSLATIONS.search(name))
    if any(part.endswith(".dist-info") for part in parts[:-1]):
        return bool(_PAPERS.match(name)) and parts[-2].endswith(".dist-info")
    if "qml" in parts and "PySide6" in parts:
        return False
    if found := re.match(r"(?:lib)?Qt6(\w+?)\.(so|dll|dylib|framework)", name):
        return found[1] in QT_LIBRARIES
    # Software OpenGL and Direct3D's compiler: a window of widgets draws without either.
    if name.lower() in ("opengl32sw.dll", "d3dcompiler_47.dll"):
        return False
    # On macOS a link of this name stands for each framework.
    if len(parts) == 1 and (found := re.fullmatch(r"Qt([A-Z]\w+)", name)):
        return found[1] in QT_LIBRARIES
    if found := re.match(r"Qt(\w+)\.framework", next((p for p in parts if p.endswith(".framework")), "")):
        return found[1] in QT_LIBRARIES
    if _PYTHON_EXTRAS.match(name):
        return False
    return not (name.startswith("lib") and ".so" in name and OF_THE_SYSTEM.match(name))


def _plugin(name: str) -> str:
    stem = name.split(".")[0].removeprefix("lib").removesuffix("platforminputcontextplugin")
    return stem.removeprefix("q")


# -- the check of what was frozen

ALLOWED = [
    re.compile(pattern)
    for pattern in (
        r"jieli(-window)?(\.exe)?$",
        r"_internal/base_library\.zip$",
        r"_internal/pyproject\.toml$",
        r"_internal/(lib)?python3[\w.]*(\.so[\d.]*|\.dll|\.dylib)?$",
        r"_internal/python3\.\d+/lib-dynload/[\w.-]+\.(so|pyd)$",
        r"_internal/[\w-]+\.(cpython|abi3|cp3)[\w.-]*\.(so|pyd)$",
        r"_internal/(_\w+|pyexpat|select|unicodedata|winsound)\.pyd$",
        r"_internal/Python(\.framework/(Python|Resources|Versions/(Current|[\d.]+/(Python|Resources/Info\.plist"
        r"|_CodeSignature/CodeResources))))?$",
        r"_internal/lib(crypto|ssl|sqlite3|ffi|z|lzma|bz2|xcb-cursor|xcb-util|mpdec|intl)[.\w-]*$",
        r"_internal/sqlite3\.dll$",
        r"_internal/(PySide6/Qt/lib/)?lib(Qt6\w+\.so\.6|icu(data|i18n|uc)\.so\.\d+)$",
        r"_internal/((PySide6|shiboken6)/)?lib(pyside6|shiboken6)\.abi3(\.so[\d.]*|[\d.]*\.dylib)$",
        r"_internal/(PySide6/Qt/lib/)?Qt[A-Z]\w+\.framework/(Qt\w+|Resources|Versions/(Current|A/(Qt\w+"
        r"|Resources/(Info\.plist|PrivacyInfo\.xcprivacy)|_CodeSignature/CodeResources)))$",
        r"_internal/Qt[A-Z]\w+$",
        r"(?i:_internal/((PySide6|shiboken6)/)?(api-ms-win|ucrtbase|vcruntime|msvcp|concrt)[\w.-]*\.dll$)",
        r"_internal/PySide6/(Qt(Core|Gui|Network|Svg|Widgets)\.(abi3\.so|pyd)|(Qt6\w+|pyside6[\w.]*)\.dll)$",
        r"_internal/PySide6/(Qt/)?plugins/[\w-]+/[\w.-]+\.(so|dll|dylib)$",
        r"_internal/PySide6/(Qt/)?translations/qtbase_(zh_CN|en)\.qm$",
        r"_internal/shiboken6/(Shiboken\.(abi3\.so|pyd)|shiboken6[\w.]*\.dll)$",
        r"_internal/resources/(i18n/\w+\.json|icons/[\w./-]+\.svg|themes/\w+\.toml|providers/[\w-]+\.toml)$",
        r"_internal/resources/assistants/[\w.-]+$",
        r"_internal/certifi/cacert\.pem$",
        r"_internal/certifi/py\.typed$",
        r"_internal/cryptography/hazmat/bindings/_rust[\w.]*\.(so|pyd)$",
        r"_internal/(ziamath|ziafont|latex2mathml)/[\w./-]+$",
        r"_internal/licences/[\w .+-]+(/[\w .+-]+)*$",
        r"_internal/\w[\w.]*-\d[\w.+]*\.dist-info/(METADATA|entry_points\.txt)$",
        r"_internal/(pywin32_system32|win32|win32ctypes)/[\w./-]+$",
    )
]


def unlisted(files: Iterable[str], also: Sequence[str] = ()) -> list[str]:
    """Those of the package's files that no rule names."""
    return sorted(f for f in files if f not in also and not any(rule.match(f) for rule in ALLOWED))


def files_in(folder: Path) -> list[str]:
    """Every file below `folder`, as its path with slashes."""
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() or p.is_symlink()
    )


def leaks(folder: Path, secrets: Iterable[bytes]) -> list[str]:
    """Files whose bytes hold one of `secrets`, such as the folder the package was built in."""
    wanted_bytes = [s for s in secrets if len(s) > 5]
    found: list[str] = []
    for name in files_in(folder):
        path = folder / name
        if path.is_symlink():
            continue
        for inside, data in _unpacked(name, path):
            found += [f"{inside}: {s.decode(errors='replace')}" for s in wanted_bytes if s in data]
    return found


def _unpacked(name: str, path: Path) -> Iterator[tuple[str, bytes]]:
    """A file, or the files of a compressed one, in which nothing could be seen."""
    if path.suffix != ".zip":
        yield name, path.read_bytes()
        return
    with zipfile.ZipFile(path) as packed:
        for entry in packed.infolist():
            yield f"{name}/{entry.filename}", packed.read(entry)

"""Take the pictures of docs/digest.md: the digest of the samples on a phone, on a desktop and in the dark.

    python scripts/screenshots.py docs

Needs the extras dev and train, Chromium with its driver, and a font with Chinese.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from selenium import webdriver

# name -> width, height, pixels of the picture for one of the page, and the scheme of colours
PICTURES = {
    "digest-phone": (390, 844, 2, "light"),
    "digest-desktop": (1180, 860, 1, "light"),
    "digest-dark": (1180, 860, 1, "dark"),
}
COLOURS = 48


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--page", type=Path, help="take pictures of this digest in the place of the samples'")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = given.page or make_page(Path(folder))
        with open_browser() as browser:
            for name, picture in PICTURES.items():
                take(browser, page, given.folder / f"{name}.png", *picture)


def make_page(folder: Path) -> Path:
    """Return the digest of the sample posts, on a Chinese clock."""
    wishes, page = folder / "digest.yaml", folder / "digest.html"
    wishes.write_text("utc_offset: +08:00\n", encoding="utf-8")
    newsml = (sys.executable, "-m", "newsml")
    subprocess.run([*newsml, "samples", str(folder / "samples")], check=True)
    options = ("--digest", str(page), "--digest-config", str(wishes))
    subprocess.run([*newsml, "summarize", str(folder / "samples"), *options], check=True)
    return page


def open_browser() -> webdriver.Chrome:
    """Start Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for option in ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--force-color-profile=srgb"):
        options.add_argument(option)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)


def take(
    browser: webdriver.Chrome, page: Path, path: Path, width: int, height: int, scale: int, scheme: str
) -> None:
    """Write one picture, in few colours."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": scale > 1}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(page.resolve().as_uri())
    image = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

"""What must not get into a page: errors, noise, and anything that would load from elsewhere."""

import re

NOISE = re.compile(
    r"it/s\]|s/it\]|\d+%\|[█ ▏▎▍▌▋▊▉#]"  # tqdm
    r"|^[IWEF]\d{4} \d\d:\d\d|cpu_feature_guard|port\.cc|cudart_stub|absl::InitializeLog"  # TensorFlow
    r"|WARNING:tensorflow|IPKernelApp|papermill"
    r"|0x[0-9a-f]{8,}",  # an object without a printed form of its own
    re.MULTILINE,
)


class PageError(ValueError):
    """A page that must not be published: noise, an error, or something that would load from elsewhere."""


def check_outputs(notebook) -> None:
    """Refuse outputs that no reader should see.

    Args:
        notebook: executed notebook (nbformat node).
    Raises:
        PageError: naming the cell, for stderr, an unexpected error, progress bars and library noise.
    """
    for cell in notebook.cells:
        where = f"cell [{cell.get('execution_count')}]"
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                first = " ".join(output.text.split())[:160]
                if output.name == "stderr":
                    raise PageError(f"{where}: stderr in the page: {first}")
                if "\r" in output.text or NOISE.search(output.text):
                    raise PageError(f"{where}: progress bar or library noise in the page: {first}")
            elif output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                raise PageError(f"{where}: {output.ename}: {output.evalue}")


def check_self_contained(soup) -> None:
    """Refuse whatever would load from elsewhere or run.

    Raises:
        PageError: naming the element.
    """
    for tag in soup.find_all(["script", "iframe", "link", "object", "embed", "video", "audio", "source"]):
        raise PageError(f"<{tag.name}> in the page: {str(tag)[:120]}")
    for tag in soup.find_all(True):
        address = tag.get("src") or tag.get("srcset") or ""
        if address and not address.startswith("data:"):
            raise PageError(f"<{tag.name}> would load {address}")
        if tag.name == "img" and not tag.get("alt", "").strip():
            raise PageError("a figure without alternative text; use report.save_figure(..., alt=...)")
    for style in [*soup.find_all("style"), *soup.find_all(style=True)]:
        text = style.string or "" if style.name == "style" else style["style"]
        if re.search(r"@import|url\((?!['\"]?data:)", text):
            raise PageError(f"a style that would load something: {text[:120]}")

from .index import ReportFacts as ReportFacts
from .index import index_html as index_html
from .renderer import Renderer as Renderer
from .results import headline_rows as headline_rows
from .results import results_markdown as results_markdown

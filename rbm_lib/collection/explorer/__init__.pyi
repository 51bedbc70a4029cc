from .explorer import Explorer as Explorer
from .page import explorer_page as explorer_page
from .tastes import taste_names as taste_names

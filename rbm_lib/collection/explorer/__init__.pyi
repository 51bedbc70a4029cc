from .explorer import Explorer as Explorer
from .learning import Learning as Learning
from .page import explorer_page as explorer_page
from .tastes import taste_names as taste_names
from .tiny_machine import TinyMachine as TinyMachine
from .tiny_machine import two_valleys as two_valleys
from .tiny_machine import watch_learning as watch_learning

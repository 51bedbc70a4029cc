from .line import main as main

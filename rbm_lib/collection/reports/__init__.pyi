from .freshness import Ledger as Ledger

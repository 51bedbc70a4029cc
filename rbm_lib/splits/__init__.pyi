from .by_time import global_time as global_time
from .by_time import user_last as user_last
from .held_out import first_n as first_n
from .held_out import random_fraction as random_fraction
from .held_out import random_n as random_n
from .new_users import new_users as new_users
from .split import Split as Split
from .split import check_disjoint as check_disjoint

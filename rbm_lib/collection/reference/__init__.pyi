from .anchors import documented_names as documented_names
from .build import write_reference as write_reference
from .names import Entry as Entry
from .names import entries_of as entries_of
from .names import face_names as face_names

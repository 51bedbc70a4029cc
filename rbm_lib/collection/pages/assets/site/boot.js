// In a page: what a reader without scripts can do without.

import { addCopyButtons } from "./copy.js";
import { addEnlarging } from "./enlarge.js";
import { addSearchField } from "./find.js";
import { mindMenu } from "./menu.js";
import { mindScrolling } from "./scrolling.js";

addSearchField();
mindMenu();
addCopyButtons();
addEnlarging();
mindScrolling();

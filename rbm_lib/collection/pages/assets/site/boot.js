// Starts the functions of a page that are optional: without scripts the page is complete.

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

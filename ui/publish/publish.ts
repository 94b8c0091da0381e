import { part } from "../part.ts";
import { showWaysOut, whatIsPossible } from "./insecure.ts";
import { PublishPage } from "./page.ts";

const possible = whatIsPossible();
document.body.dataset["view"] = possible;
if (possible === "insecure") showWaysOut();
if (possible === "publish") new PublishPage(part(document, "video", HTMLVideoElement)).open();

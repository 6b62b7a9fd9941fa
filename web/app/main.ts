import { createTrainer } from "../src/index.ts";
import { isOwnRoom, register, Studio, type DeaiPage } from "../src/ui/index.ts";

register();
const page = document.createElement("deai-page") as DeaiPage;
page.studio = new Studio(createTrainer, location.href, !isOwnRoom());
document.getElementById("loading")?.replaceWith(page);
void page.studio.start();

import { DeaiPage } from "./app.ts";
import { DeaiChart } from "./chart.ts";
import { DeaiCodes } from "./codeSeries.ts";
import { DeaiData } from "./dataPanel.ts";
import { DeaiHand } from "./handPanel.ts";
import { DeaiModel } from "./modelPanel.ts";
import { DeaiPad } from "./pad.ts";
import { DeaiShare } from "./share.ts";
import { DeaiTogether } from "./togetherPanel.ts";
import { DeaiTryPicture } from "./tryPicture.ts";
import { DeaiTryRow } from "./tryRow.ts";
import { DeaiTryText } from "./tryText.ts";

export { DeaiPage } from "./app.ts";
export { isOwnRoom } from "./address.ts";
export { Studio } from "./studio.ts";

/** Makes the page's elements known to the document. */
export function register(): void {
  customElements.define("deai-page", DeaiPage);
  customElements.define("deai-data", DeaiData);
  customElements.define("deai-together", DeaiTogether);
  customElements.define("deai-hand", DeaiHand);
  customElements.define("deai-share", DeaiShare);
  customElements.define("deai-codes", DeaiCodes);
  customElements.define("deai-chart", DeaiChart);
  customElements.define("deai-model", DeaiModel);
  customElements.define("deai-try-row", DeaiTryRow);
  customElements.define("deai-try-picture", DeaiTryPicture);
  customElements.define("deai-try-text", DeaiTryText);
  customElements.define("deai-pad", DeaiPad);
}

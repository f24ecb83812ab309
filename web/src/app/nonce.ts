import { setNonce } from "get-nonce";

/**
 * The nonce that this page's Content-Security-Policy allows styles by. Mantine writes its variables
 * and responsive rules into style elements, which need it. Browsers hide it from the attribute and
 * tell it as a property only.
 */
const element = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]");
export const cspNonce: string = element?.nonce ?? "";

// Dialogs stop the page behind them from scrolling by a style element of their own.
setNonce(cspNonce);

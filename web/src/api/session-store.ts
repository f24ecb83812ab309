/**
 * What the API client has to know about the session, outside of React: the token that changes need,
 * who asks for the password again, and who is told when the session has ended.
 */
type AskForProof = () => Promise<boolean>;

let csrf = "";
let lastUse = Date.now();

// Tabs share a session: what one of them does keeps it alive for all.
const otherTabs = new BroadcastChannel("dropally.session-use");
const TELL_EVERY_MS = 5_000;
let toldAt = 0;
otherTabs.onmessage = () => {
  lastUse = Date.now();
};

let askForProof: AskForProof = async () => false;
let onSignedOut: () => void = () => undefined;

export const sessionStore = {
  csrfToken: (): string => csrf,
  /** When the appliance last heard of this tab. */
  lastUse: (): number => lastUse,
  noteUse: (): void => {
    lastUse = Date.now();
    if (lastUse - toldAt > TELL_EVERY_MS) {
      toldAt = lastUse;
      otherTabs.postMessage("used");
    }
  },
  setCsrfToken: (token: string): void => {
    csrf = token;
  },
  /** Resolves to true once the password was proved, to false when the person gave up. */
  proof: (): Promise<boolean> => askForProof(),
  provideProof: (ask: AskForProof): void => {
    askForProof = ask;
  },
  signedOut: (): void => onSignedOut(),
  provideSignedOut: (tell: () => void): void => {
    onSignedOut = tell;
  },
};

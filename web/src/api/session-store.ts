/**
 * What the API client has to know about the session, outside of React: the token that changes need,
 * who asks for the password again, and who asks to sign in again when the session has ended.
 */
type Ask = () => Promise<boolean>;

let csrf = "";
let lastUse = Date.now();

// Tabs share a session: what one of them does keeps it alive for all.
const otherTabs = new BroadcastChannel("dropally.session-use");
const TELL_EVERY_MS = 5_000;
let toldAt = 0;
otherTabs.onmessage = () => {
  lastUse = Date.now();
};

const nobodyAsks: Ask = async () => false;
let askForProof = nobodyAsks;
let askToSignIn = nobodyAsks;

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
  provideProof: (ask: Ask): void => {
    askForProof = ask;
  },
  /** Resolves to true once the same person has signed in again; false where nobody asks for it. */
  signInAgain: (): Promise<boolean> => askToSignIn(),
  /** Who asks from now on; returns how to stop. */
  provideSignIn: (ask: Ask): (() => void) => {
    askToSignIn = ask;
    return () => {
      askToSignIn = nobodyAsks;
    };
  },
};

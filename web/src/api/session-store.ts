/**
 * What the API client has to know about the session, outside of React: the token that changes need,
 * who asks for the password again, and who is told when the session has ended.
 */
type AskForProof = () => Promise<boolean>;

let csrf = "";
let askForProof: AskForProof = async () => false;
let onSignedOut: () => void = () => undefined;

export const sessionStore = {
  csrfToken: (): string => csrf,
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

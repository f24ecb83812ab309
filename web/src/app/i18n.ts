import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

const REMEMBERED_UNDER = "dropally.language";

type Messages = { default: Record<string, string> };
const files = import.meta.glob<Messages>([
  "/src/app/messages.*.json",
  "/src/ui/messages.*.json",
  "/src/features/*/messages.*.json",
]);

/** Loads the messages of an area when its first page is opened. */
const messageFiles: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, namespace, done) => {
    const found = Object.entries(files).find(([path]) =>
      path.endsWith(`/${namespace}/messages.${language}.json`),
    );
    if (found === undefined) {
      done(new Error(`there are no messages of ${namespace} in ${language}`), false);
      return;
    }
    found[1]().then(
      (module) => done(null, module.default),
      (error: Error) => done(error, false),
    );
  },
};

/** To be awaited before anything is shown, so that no page shows keys. */
export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next
    .use(messageFiles)
    .use(initReactI18next)
    .init({
      lng: preferredLanguage(),
      fallbackLng: "en",
      supportedLngs: LANGUAGES,
      ns: ["app", "ui"],
      defaultNS: "app",
      keySeparator: false,
      nsSeparator: ":",
      returnNull: false,
      interpolation: { escapeValue: false }, // React escapes
    });
}

/** Changes the language now, and on this browser's next visits. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(REMEMBERED_UNDER, language);
  await i18next.changeLanguage(language);
}

function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(REMEMBERED_UNDER) ?? "", ...navigator.languages];
  const found = wanted
    .map((one) => one.slice(0, 2).toLowerCase())
    .find((one) => (LANGUAGES as readonly string[]).includes(one));
  return (found as Language | undefined) ?? "en";
}

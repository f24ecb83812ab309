import i18next, { type BackendModule, type CustomTypeOptions } from "i18next";
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
    messages(language, namespace).then(
      (found) => done(null, found),
      (error: Error) => done(error, false),
    );
  },
};

async function messages(language: string, area: string): Promise<Record<string, string>> {
  const found = Object.entries(files).find(([path]) =>
    path.endsWith(`/${area}/messages.${language}.json`),
  );
  if (found === undefined) {
    throw new Error(`there are no messages of ${area} in ${language}`);
  }
  return (await found[1]()).default;
}

export type TextArea = keyof CustomTypeOptions["resources"];

let started: Promise<void> | undefined;

/** To be awaited before anything is shown, so that no page shows keys. */
export function startI18n(): Promise<void> {
  started ??= start();
  return started;
}

/** Ahead of the pages that need them. */
export async function loadTexts(areas: readonly TextArea[]): Promise<void> {
  for (const area of areas) {
    messages(i18next.resolvedLanguage ?? preferredLanguage(), area).catch(() => undefined); // begins now
  }
  await startI18n();
  await i18next.loadNamespaces(areas);
}

async function start(): Promise<void> {
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

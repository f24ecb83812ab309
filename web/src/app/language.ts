import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { meQuery } from "@/api/me";
import { chooseLanguage, type Language } from "@/app/i18n";

/** Chooses a language: for the person, in every browser, where somebody is signed in. */
export function useChooseLanguage(): (language: Language) => Promise<void> {
  const queries = useQueryClient();
  return async (language) => {
    await chooseLanguage(language);
    if (queries.getQueryData(meQuery.queryKey) !== undefined) {
      const saved = await answer(api.PATCH("/api/v1/me", { body: { language } }));
      queries.setQueryData(meQuery.queryKey, saved);
    }
  };
}

/** Speaks the language that the person has chosen, in whichever browser that was. */
export function useOwnLanguage(): void {
  const { i18n } = useTranslation();
  const wanted = useQuery(meQuery).data?.language ?? "";
  useEffect(() => {
    if (wanted !== "" && wanted !== i18n.resolvedLanguage) {
      void chooseLanguage(wanted);
    }
  }, [wanted, i18n]);
}

import { Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { meQuery, sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import { NewPasswordFields } from "@/features/session/NewPasswordFields";
import { PlainCard } from "@/features/session/PlainCard";
import { SecondFactorSetup } from "@/features/session/SecondFactorSetup";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { useProblemForm } from "@/ui/problem-form";

const route = getRouteApi("/plain/finish-sign-in");

/** What somebody has to do before they may go on: a new password, or a second factor. */
export function FinishSignInPage() {
  const { t } = useTranslation("session");
  const { next } = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const me = useQuery(meQuery);
  if (me.error !== null) {
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />;
  }
  if (me.data === undefined) {
    return <Loading />;
  }
  const goOn = async () => {
    await queries.invalidateQueries({ queryKey: [keys.me] });
    router.history.push(next ?? "/");
  };
  return me.data.restriction === "enrol_required" ? (
    <PlainCard title={t("enrol.title")} text={t("enrol.text")}>
      <SecondFactorSetup onDone={() => void goOn()} />
    </PlainCard>
  ) : (
    <PlainCard title={t("change.title")} text={t("change.text")}>
      <ChangePasswordForm onChanged={goOn} />
    </PlainCard>
  );
}

/** The old and the new password; the session gets another cookie. */
export function ChangePasswordForm({ onChanged }: { onChanged: () => Promise<void> | void }) {
  const { t } = useTranslation("session");
  const queries = useQueryClient();
  const form = useForm({ initialValues: { current: "", new: "", new_again: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (body) => {
    const state = await answer(api.POST("/api/v1/me/password", { body }));
    sessionStore.setCsrfToken(state.csrf_token);
    queries.setQueryData(sessionQuery.queryKey, state);
    form.reset();
    await onChanged();
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <PasswordInput
          label={t("password.current")}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          {...form.getInputProps("current")}
        />
        <NewPasswordFields getInputProps={form.getInputProps} />
        {problem !== null && <ErrorState error={problem} />}
        <Button type="submit" loading={isSending}>
          {t("change.submit")}
        </Button>
      </Stack>
    </form>
  );
}

import { Button, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { useLinkToken } from "@/features/session/link-token";
import { NewPasswordFields } from "@/features/session/NewPasswordFields";
import { PlainCard } from "@/features/session/PlainCard";
import { useSignIn } from "@/features/session/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { useProblemForm } from "@/ui/problem-form";

type Invited = components["schemas"]["Invited"];

/** Somebody was invited, or has registered: they choose their password. */
export function AcceptInvitationPage() {
  const { t } = useTranslation("session");
  const token = useLinkToken();
  const invited = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => answer(api.POST("/api/v1/invitations/look-up", { body: { token } })),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: token !== "",
  });
  if (token === "") {
    return <PlainCard title={t("invited.title")} text={t("linkIncomplete")} />;
  }
  return (
    <PlainCard title={t("invited.title")}>
      {invited.error !== null && <ErrorState error={invited.error} />}
      {invited.isPending && <Loading rows={2} />}
      {invited.data !== undefined && <PasswordForm token={token} invited={invited.data} />}
    </PlainCard>
  );
}

function PasswordForm({ token, invited }: { token: string; invited: Invited }) {
  const { t } = useTranslation("session");
  const navigate = useNavigate();
  const signIn = useSignIn();
  const form = useForm({ initialValues: { new: "", new_again: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (typed) => {
    const body = { token, ...typed };
    const { email } = await answer(api.POST("/api/v1/invitations/acceptance", { body }));
    await signIn({ email, password: typed.new, code: "" });
    await navigate({ to: "/" });
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Text mb="md">{t("invited.text", { name: invited.name, email: invited.email })}</Text>
      <input type="hidden" autoComplete="username" value={invited.email} readOnly />
      <NewPasswordFields getInputProps={form.getInputProps} />
      {problem !== null && <ErrorState error={problem} />}
      <Button type="submit" mt="md" loading={isSending}>
        {t("invited.submit")}
      </Button>
    </form>
  );
}

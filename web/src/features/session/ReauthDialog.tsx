import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { useProveAgain } from "@/features/session/queries";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  opened: boolean;
  onEnd: (isProved: boolean) => void;
}

/** The password once more, for what needs it entered lately. */
export function ReauthDialog({ opened, onEnd }: Props) {
  const { t } = useTranslation("session");
  return (
    <Modal
      opened={opened}
      onClose={() => onEnd(false)}
      title={t("reauth.title")}
      closeButtonProps={{ "aria-label": t("reauth.cancel") }}
      zIndex={400}
    >
      <ProofForm onProved={() => onEnd(true)} onCancel={() => onEnd(false)} />
    </Modal>
  );
}

function ProofForm({ onProved, onCancel }: { onProved: () => void; onCancel: () => void }) {
  const { t } = useTranslation("session");
  const prove = useProveAgain();
  const [needsCode, setNeedsCode] = useState(false);
  const form = useForm({ initialValues: { password: "", code: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    try {
      await prove(values);
      onProved();
    } catch (error) {
      if (asProblem(error).code === "otp_required" && !needsCode) {
        setNeedsCode(true);
        return;
      }
      throw error;
    }
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Text size="sm">{t("reauth.text")}</Text>
        <PasswordInput
          label={t("signIn.password")}
          autoComplete="current-password"
          required
          data-autofocus
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          {...form.getInputProps("password")}
        />
        {needsCode && (
          <TextInput
            label={t("signIn.code")}
            autoComplete="one-time-code"
            autoFocus
            required
            {...form.getInputProps("code")}
          />
        )}
        {problem !== null && <ErrorState error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            {t("reauth.cancel")}
          </Button>
          <Button type="submit" loading={isSending}>
            {t("reauth.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

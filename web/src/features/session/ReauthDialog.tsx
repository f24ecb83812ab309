import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { ProofFields, useProofForm } from "@/features/session/proof";
import { useProveAgain } from "@/features/session/queries";
import { ErrorState } from "@/ui/ErrorState";

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
  const form = useForm({ initialValues: { password: "", code: "" } });
  const { submit, isSending, problem, needsCode } = useProofForm(form, async (values) => {
    await prove(values);
    onProved();
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <Text size="sm">{t("reauth.text")}</Text>
        <ProofFields getInputProps={form.getInputProps} needsCode={needsCode} isFirst />
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

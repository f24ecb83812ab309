import { Button, Group, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { Section } from "@/features/settings/Section";
import type { NewCode } from "@/features/storage/key-actions";
import { AddKeyDialog } from "@/features/storage/keys/AddKeyDialog";
import { CodeActions } from "@/features/storage/keys/CodeActions";
import { KeySlots } from "@/features/storage/keys/KeySlots";
import { RotateForm } from "@/features/storage/keys/RotateForm";
import { NewCodePanel } from "@/features/storage/NewCodePanel";
import type { Storage } from "@/features/storage/queries";
import { RepositoryKey } from "@/features/storage/RepositoryKey";
import { CliHint } from "@/ui/CliHint";

/** Everything that opens the repository: the recovery code, further secrets, new keys. */
export function KeysTab({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const mayChange = useCan("key.export");
  const [made, setMade] = useState<NewCode | null>(null);
  const [isAdding, adding] = useDisclosure(false);
  return (
    <>
      <Section title={t("key.code")} text={t("keys.text")}>
        {made === null ? (
          <RepositoryKey storage={storage} onConfirmed={() => undefined} />
        ) : (
          <NewCodePanel made={made} onConfirmed={() => setMade(null)} />
        )}
        {made === null && mayChange && storage.recovery_code === "confirmed" && (
          <CodeActions storageId={storage.id} onMade={setMade} />
        )}
      </Section>
      <Section title={t("keys.slots")} text={t("keys.slotsText")}>
        <Stack gap="sm">
          <KeySlots storage={storage} mayChange={mayChange} />
          {mayChange && (
            <Group justify="space-between">
              <Button variant="default" onClick={adding.open}>
                {t("keys.add")}
              </Button>
              <CliHint command={`dropally key add ${storage.id} --label LABEL`} />
            </Group>
          )}
        </Stack>
      </Section>
      {mayChange && (
        <Section title={t("rotate")} text={t("rotate.text")}>
          <RotateForm storage={storage} />
        </Section>
      )}
      {isAdding && <AddKeyDialog storage={storage} onClose={adding.close} />}
    </>
  );
}

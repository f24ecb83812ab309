import { IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { StepButtons } from "@/features/setup/StepButtons";
import { ownStorage } from "@/features/setup/steps";
import { useGoOn } from "@/features/setup/use-go-on";
import type { StepProps } from "@/features/setup/Wizard";
import { RepositoryKey } from "@/features/storage/RepositoryKey";
import { EmptyState } from "@/ui/EmptyState";

/** The repository's key, and the paper that opens it when everything else is lost. */
export function KeyStep({ facts }: StepProps) {
  const { t } = useTranslation("setup");
  const storage = ownStorage(facts);
  const goOn = useGoOn("key");
  if (storage === undefined) {
    return <EmptyState icon={IconKey} title={t("key.noStorage")} text={t("key.noStorageText")} />;
  }
  const isDone = storage.recovery_code === "confirmed";
  return (
    <>
      <RepositoryKey storage={storage} onConfirmed={() => void goOn()} />
      <StepButtons step="key">{isDone ? undefined : <span />}</StepButtons>
    </>
  );
}

import { Alert, Button, Group, Text } from "@mantine/core";
import { IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { CopyIcon } from "@/ui/CopyField";
import { ErrorState, sentence } from "@/ui/ErrorState";
import { formatCount } from "@/ui/figures";

/** Whether the chain of hashes holds: checked when the page opens, and again on demand. */
export function AuditProof() {
  const { t, i18n } = useTranslation("activity");
  const proof = useQuery({
    queryKey: [keys.audit, "proof"],
    queryFn: () => answer(api.GET("/api/v1/audit/proof")),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const again = (
    <Button
      variant="default"
      size="compact-sm"
      loading={proof.isFetching}
      onClick={() => void proof.refetch()}
    >
      {t("proof.again")}
    </Button>
  );
  if (proof.error !== null) {
    const problem = asProblem(proof.error);
    if (problem.code !== "audit_broken") {
      return <ErrorState error={proof.error} onRetry={() => void proof.refetch()} />;
    }
    return (
      <Alert
        role="alert"
        color="red"
        mb="lg"
        icon={<IconShieldX />}
        title={sentence(problem.message)}
      >
        <Text size="sm" mb="xs">
          {sentence(problem.hint)}
        </Text>
        {again}
      </Alert>
    );
  }
  return (
    <Group gap="sm" mb="lg" mih={28} aria-live="polite">
      {proof.data !== undefined && (
        <>
          <IconShieldCheck size={20} stroke={1.7} aria-hidden />
          <Text size="sm">
            {t("proof.holds", {
              count: proof.data.rows,
              rows: formatCount(proof.data.rows, i18n.language),
            })}
          </Text>
          <CopyIcon value={proof.data.noted || proof.data.head} label={t("proof.head")} />
        </>
      )}
      {again}
    </Group>
  );
}

import { Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Proof } from "@/features/storage/queries";
import { type Fact, Facts } from "@/ui/Facts";
import { Bytes, Count, formatBytes } from "@/ui/figures";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** The verified share, how old the oldest look is, and the last run of each kind. */
export function ProofFigures({ proof }: { proof: Proof }) {
  const { t, i18n } = useTranslation("storage");
  const percent = new Intl.NumberFormat(i18n.language, {
    style: "percent",
    maximumFractionDigits: 1,
    roundingMode: "floor", // 100 % is said of nothing less
  });
  const facts: readonly Fact[] = [
    [t("proof.hashed"), <Bytes key="hashed" value={proof.hashed_bytes} />],
    [t("proof.oldest"), <When key="oldest" time={proof.oldest_at} />],
    [t("proof.lastVerify"), <LastVerify key="verify" proof={proof} />],
    [t("proof.lastDrill"), <LastDrill key="drill" proof={proof} />],
  ];
  return (
    <Stack gap="sm">
      <Stack gap={4}>
        <Text fw={600} size="lg">
          {t("proof.share", { share: percent.format(proof.verified_share) })}
        </Text>
        <Progress
          value={100 * proof.verified_share}
          color={proof.damaged.length > 0 ? "red" : "green"}
          aria-label={t("proof.shareLabel")}
        />
        <Text size="sm" c="dimmed">
          {t("proof.shareOf", {
            verified: formatBytes(proof.verified_bytes, i18n.language),
            total: formatBytes(proof.total_bytes, i18n.language),
            count: proof.within_days,
          })}
        </Text>
      </Stack>
      <Facts facts={facts} width={240} />
    </Stack>
  );
}

function LastVerify({ proof }: { proof: Proof }) {
  const { t } = useTranslation("storage");
  const last = proof.last_verify;
  if (last === null) {
    return t("proof.never");
  }
  const isGood = (last.objects ?? []).length === 0 && last.file_count === 0;
  return (
    <Stack gap={2}>
      <span>
        <StatusWord kind="check" status={isGood ? "ok" : "failed"} /> <When time={last.at} />
      </span>
      <Text size="sm" c="dimmed">
        {t(`level.${last.level}` as "level.chunks")}: <Count value={last.checked_packs} />{" "}
        {t("proof.packs")}, <Bytes value={last.checked_bytes} />
        {last.is_complete ? "" : ` · ${t("proof.partly")}`}
      </Text>
    </Stack>
  );
}

function LastDrill({ proof }: { proof: Proof }) {
  const { t } = useTranslation("storage");
  const last = proof.last_drill;
  if (last === null) {
    return t("proof.never");
  }
  const failed = last.failed?.length ?? 0;
  return (
    <Stack gap={2}>
      <span>
        <StatusWord kind="check" status={failed === 0 ? "ok" : "failed"} /> <When time={last.at} />
      </span>
      <Text size="sm" c="dimmed">
        {t("proof.drilled", { count: last.files })} (<Bytes value={last.size_bytes} />)
        {failed > 0 && ` · ${t("proof.drillFailed", { count: failed })}`}
      </Text>
    </Stack>
  );
}

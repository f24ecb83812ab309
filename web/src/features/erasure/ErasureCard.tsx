import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconCertificate } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Exclusions } from "@/features/erasure/Exclusions";
import { certificateAddress, type Erasure } from "@/features/erasure/queries";
import { CliHint } from "@/ui/CliHint";
import { type Fact, Facts } from "@/ui/Facts";
import { Bytes, Count } from "@/ui/figures";
import { AnchorLink } from "@/ui/RouteLinks";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

const FORMS = ["pdf", "text", "json"] as const;

/** One erasure: who asked and why, how far it is, its certificate, and what is passed over since. */
export function ErasureCard({ erasure }: { erasure: Erasure }) {
  const { t } = useTranslation("erasure");
  const { found } = erasure;
  const facts: readonly Fact[] = [
    [t("card.asked"), <When key="asked" time={erasure.asked} />],
    [t("card.by"), erasure.asked_by],
    [t("card.erased"), erasure.erased && <When key="erased" time={erasure.erased} />],
    [t("card.complete"), erasure.completed && <When key="complete" time={erasure.completed} />],
    [t("points"), <Count key="points" value={found.points} />],
    [t("versions"), <Count key="versions" value={found.versions} />],
    [t("bytes"), <Bytes key="bytes" value={found.bytes} />],
    [t("card.packs"), <Count key="packs" value={erasure.removed_packs.length} />],
  ];
  return (
    <Card withBorder component="article" aria-label={`${erasure.entity_name}: ${erasure.reason}`}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
            {erasure.entity_name}
          </Title>
          <StatusWord kind="erasure" status={erasure.state} />
        </Group>
        <Text style={{ overflowWrap: "anywhere" }}>{erasure.reason}</Text>
        <Text size="sm" c="dimmed">
          {t(`state.${erasure.state}`)}
        </Text>
        <Facts facts={facts} width={120} />
        <Exclusions erasure={erasure} />
        <Group justify="space-between">
          <Group gap="xs">
            {FORMS.map((form) => (
              <Button
                key={form}
                component="a"
                href={certificateAddress(erasure.id, form)}
                download
                size="xs"
                variant="default"
                {...(form === "pdf" ? { leftSection: <IconCertificate size={16} /> } : {})}
              >
                {t(`certificate.${form}`)}
              </Button>
            ))}
            <AnchorLink to="/jobs/$jobId" params={{ jobId: erasure.job_id }} size="sm">
              {t("job")}
            </AnchorLink>
          </Group>
          <CliHint command={`dropally erasure certificate ${erasure.id} --out certificate.pdf`} />
        </Group>
      </Stack>
    </Card>
  );
}

import { Alert, Badge, Code, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { Section } from "@/features/settings/Section";
import { RepairForm } from "@/features/storage/proof/RepairForm";
import type { Proof } from "@/features/storage/queries";

type DamagedFile = components["schemas"]["DamagedFile"];

interface Props {
  storageId: string;
  proof: Proof;
  mayRepair: boolean;
}

/** What was found damaged, which files it concerns, and how it is healed. */
export function DamageSection({ storageId, proof, mayRepair }: Props) {
  const { t } = useTranslation("storage");
  const objects = damagedObjects(proof);
  const files = proof.last_verify?.files ?? [];
  const drilled = proof.last_drill?.failed ?? [];
  if (objects.length === 0 && files.length === 0 && drilled.length === 0) {
    return null;
  }
  return (
    <Section title={t("damage")}>
      <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={t("damage.title")}>
        {t("damage.text")}
      </Alert>
      {objects.length > 0 && <Objects objects={objects} />}
      {files.length > 0 && (
        <Files title={t("damage.files")} files={files} count={proof.last_verify?.file_count ?? 0} />
      )}
      {drilled.length > 0 && (
        <Files title={t("damage.drilled")} files={drilled} count={drilled.length} />
      )}
      {mayRepair && objects.length > 0 && <RepairForm storageId={storageId} proof={proof} />}
    </Section>
  );
}

/** Packs by their ledger, and the small objects that only the last look names. */
function damagedObjects(proof: Proof): Proof["damaged"] {
  const packs = new Set(proof.damaged.map((one) => one.key));
  const others = proof.last_verify?.objects?.filter((one) => !packs.has(one.key)) ?? [];
  return [...proof.damaged, ...others.filter((one) => !one.key.startsWith("packs/"))];
}

function Objects({ objects }: { objects: Proof["damaged"] }) {
  const { t } = useTranslation("storage");
  return (
    <Table.ScrollContainer minWidth={0} type="native" mah={280} tabIndex={0}>
      <Table withTableBorder aria-label={t("damage.objects")} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("damage.objects")}</Table.Th>
            <Table.Th>{t("damage.why")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {objects.map((one) => (
            <Table.Tr key={one.key}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <Code>{one.key}</Code>
              </Table.Td>
              <Table.Td>{one.why}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface FilesProps {
  title: string;
  files: readonly DamagedFile[];
  count: number;
}

function Files({ title, files, count }: FilesProps) {
  const { t } = useTranslation("storage");
  return (
    <Stack gap={4}>
      <Table.ScrollContainer minWidth={0} type="native" mah={280} tabIndex={0}>
        <Table withTableBorder aria-label={title} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{title}</Table.Th>
              <Table.Th>{t("damage.why")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {files.map((file) => (
              <Table.Tr key={`${file.snapshot} ${file.path}`}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {file.path || t("damage.snapshot", { id: file.snapshot })}{" "}
                  {file.is_current && (
                    <Badge variant="light" color="gray" tt="none">
                      {t("damage.current")}
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td>{file.why}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {count > files.length && (
        <Text size="sm" c="dimmed">
          {t("damage.more", { count: count - files.length })}
        </Text>
      )}
    </Stack>
  );
}

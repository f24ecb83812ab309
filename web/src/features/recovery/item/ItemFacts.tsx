import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ItemDetails } from "@/features/recovery/queries";
import { CopyIcon } from "@/ui/CopyField";
import { Bytes, Count } from "@/ui/figures";
import { When } from "@/ui/When";

/** Everything that Dropbox told of the item when it was backed up. */
export function ItemFacts({ details }: { details: ItemDetails }) {
  const { t } = useTranslation("recovery");
  const isFolder = details.kind === "folder";
  const facts: [string, ReactNode][] = [
    [t("fact.path"), details.shown === "" ? "/" : details.shown],
    [t("fact.kind"), t(details.is_mount ? "kind.mount" : `kind.${details.kind}`)],
    [t("fact.asOf"), <When key="asOf" time={details.point_time} />],
    [t("fact.size"), <Bytes key="size" value={details.size_bytes} />],
  ];
  if (isFolder) {
    facts.push([t("fact.files"), <Count key="files" value={details.files} />]);
    facts.push([t("fact.folders"), <Count key="folders" value={details.folders} />]);
  }
  if (details.modified !== null) {
    facts.push([t("fact.modified"), <When key="modified" time={details.modified} />]);
  }
  if (details.uploaded !== null) {
    facts.push([t("fact.uploaded"), <When key="uploaded" time={details.uploaded} />]);
  }
  const texts: [string, string][] = [
    [t("fact.author"), details.modified_by],
    [t("fact.exports"), details.export_formats.join(", ")],
    [t("fact.target"), details.symlink_target],
    [t("fact.failure"), details.failure],
  ];
  const codes: [string, string][] = [
    [t("fact.hash"), details.content_hash],
    [t("fact.revision"), details.revision],
    [t("fact.id"), details.dropbox_id],
  ];
  for (const [label, value] of texts.filter(([, one]) => one !== "")) {
    facts.push([label, value]);
  }
  for (const [label, value] of codes.filter(([, one]) => one !== "")) {
    facts.push([label, <Code key={label} label={label} value={value} />]);
  }
  return (
    <Table verticalSpacing={6} layout="fixed">
      <Table.Tbody>
        {facts.map(([label, value]) => (
          <Table.Tr key={label}>
            <Table.Th scope="row" w="34%" c="dimmed" fw={500}>
              {label}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Code({ label, value }: { label: string; value: string }) {
  return (
    <>
      <code>{value}</code> <CopyIcon value={value} label={label} />
    </>
  );
}

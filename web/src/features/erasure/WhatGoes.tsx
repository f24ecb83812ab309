import { Alert, List, Stack, Text } from "@mantine/core";
import { IconGavel, IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { WouldErase } from "@/features/erasure/queries";
import { type Fact, Facts } from "@/ui/Facts";
import { Bytes, Count, formatBytes } from "@/ui/figures";
import { When } from "@/ui/When";

const MOST_SHOWN = 5;

/** In how many restore points it is, and which of its bytes stay because others need them. */
export function WhatGoes({ found }: { found: WouldErase }) {
  const { t, i18n } = useTranslation("erasure");
  if (found.points === 0) {
    return (
      <Alert color="blue" variant="light" icon={<IconInfoCircle />}>
        {t("nowhere")}
      </Alert>
    );
  }
  const facts: readonly Fact[] = [
    [t("points"), <Count key="points" value={found.points} />],
    [t("files"), <Count key="files" value={found.files} />],
    [t("versions"), <Count key="versions" value={found.versions} />],
    [t("bytes"), <Bytes key="bytes" value={found.bytes} />],
    [t("oldest"), <When key="oldest" time={found.oldest} />],
    [t("newest"), <When key="newest" time={found.newest} />],
  ];
  const places = [...countedPaths(found)];
  return (
    <Stack gap="sm">
      <Text>{t("text")}</Text>
      <Facts facts={facts} width={110} />
      {found.held_by.length > 0 && (
        <Alert color="red" variant="light" icon={<IconGavel />} title={t("held")}>
          <List size="sm">
            {found.held_by.map((reason) => (
              <List.Item key={reason}>{reason}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {found.shared.length > 0 && (
        <Alert
          color="blue"
          variant="light"
          icon={<IconInfoCircle />}
          title={t("shared", {
            count: found.shared.length,
            size: formatBytes(found.shared_bytes, i18n.language),
          })}
        >
          <List size="sm">
            {places.slice(0, MOST_SHOWN).map(([path, count]) => (
              <List.Item key={path} style={{ overflowWrap: "anywhere" }}>
                {path} {count > 1 && `(${count})`}
              </List.Item>
            ))}
          </List>
          {places.length > MOST_SHOWN && (
            <Text size="sm">{t("more", { count: places.length - MOST_SHOWN })}</Text>
          )}
        </Alert>
      )}
      {found.is_in_dropbox && <Text size="sm">{t("inDropbox")}</Text>}
    </Stack>
  );
}

/** The same path in several members' homes is told once. */
function countedPaths(found: WouldErase): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of found.shared) {
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}

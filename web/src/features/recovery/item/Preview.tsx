import { Anchor, Text } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";
import { problemOf } from "@/api/problem";
import { useEntityPlace } from "@/features/recovery/entity/place";
import classes from "@/features/recovery/item/Preview.module.css";
import { MOST_TEXT_BYTES, previewKind } from "@/features/recovery/item/preview-kind";
import { contentAddress, type ItemDetails } from "@/features/recovery/queries";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

/** A look into the file, for those who may: looking is noted in the audit as previewing. */
export function Preview({ details }: { details: ItemDetails }) {
  const { entityId, taskId } = useEntityPlace();
  const mayPreview = useCan("content.preview", { taskId, entityId });
  const kind = previewKind(details.name, details.size_bytes);
  if (details.kind !== "file" || kind === "none" || !mayPreview) {
    return null;
  }
  const address = contentAddress(entityId, details.point_id, details.path, "preview");
  if (kind === "image") {
    return <Picture address={address} name={details.name} />;
  }
  if (kind === "page") {
    return <OtherPage address={address} />;
  }
  return <PlainText address={address} sizeBytes={details.size_bytes} />;
}

function Picture({ address, name }: { address: string; name: string }) {
  const { t } = useTranslation("recovery");
  const [isBroken, setIsBroken] = useState(false);
  return (
    <div className={classes.frame}>
      {isBroken ? (
        <Text p="sm" size="sm" c="dimmed">
          {t("preview.broken")}
        </Text>
      ) : (
        <img
          src={address}
          alt={t("preview.of", { name })}
          className={classes.image}
          onError={() => setIsBroken(true)}
        />
      )}
    </div>
  );
}

function OtherPage({ address }: { address: string }) {
  const { t } = useTranslation("recovery");
  return (
    <Text mb="md">
      <Anchor href={address} target="_blank" rel="noopener">
        {t("preview.newTab")}
      </Anchor>
    </Text>
  );
}

function PlainText({ address, sizeBytes }: { address: string; sizeBytes: number }) {
  const { t } = useTranslation("recovery");
  const found = useQuery(textQuery(address, sizeBytes));
  if (found.isError) {
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  }
  return (
    <div className={classes.frame}>
      {found.data === undefined ? (
        <Loading rows={3} />
      ) : (
        <section
          className={classes.text}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys have to reach it
          tabIndex={0}
          aria-label={t("preview.text")}
        >
          {found.data}
        </section>
      )}
      {sizeBytes > MOST_TEXT_BYTES && (
        <Text p="xs" size="xs" c="dimmed">
          {t("preview.beginning")}
        </Text>
      )}
    </div>
  );
}

const textQuery = (address: string, sizeBytes: number) =>
  queryOptions({
    queryKey: [keys.trees, "text", address],
    queryFn: async ({ signal }) => {
      const headers: HeadersInit =
        sizeBytes > MOST_TEXT_BYTES ? { Range: `bytes=0-${MOST_TEXT_BYTES - 1}` } : {};
      const response = await fetch(address, { headers, signal });
      if (!response.ok) {
        throw await problemOf(response);
      }
      return new TextDecoder().decode(await response.arrayBuffer());
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

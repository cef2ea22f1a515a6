/** 督查单: what was found, by when it is to be put right, and what came of it. */
export const tickets = {
    title: ['督查单', 'Tickets'],
    empty: ['没有督查单', 'No tickets'],
    emptyInspector: [
        '发现问题后开一张督查单：写明问题和期限，附上照片，发给下级单位整改。',
        'When something is found, open a ticket: what is wrong, by when, with a picture; the unit below puts it right.',
    ],
    emptyOffice: [
        '上级发来的督查单会出现在这里，届时请拍照回复整改情况。',
        'Tickets from above appear here; answer them with a picture of what was put right.',
    ],
} as const;

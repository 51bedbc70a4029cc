"""The names that columns have in files of ratings: the common spellings in a few languages."""

# Without case, accents and characters between letters and digits. If several columns could have a role, the one in the
# earliest group has it.
NAMES: dict[str, tuple[str, ...]] = {
    "user": (
        "user userid uid userno usernumber useridx userindex",
        "customer customerid custid reviewer reviewerid member memberid rater raterid viewer viewerid reader "
        "readerid listener listenerid player playerid client clientid visitor visitorid person personid account "
        "accountid profileid amazonuserid steamid useridentifier u",
        "username nickname reviewername profilename benutzer benutzerid nutzer nutzerid kunde kundenid "
        "utilisateur idutilisateur utilisateurid usuario idusuario usuarioid utente idutente cliente clienteid "
        "gebruiker gebruikerid anvandare bruker bruger kayttaja uzytkownik uzivatel kullanici пользователь "
        "utilizator felhasznalo pengguna ngườidùng χρήστης користувач المستخدم משתמש उपयोगकर्ता ผู้ใช้ "
        "reviewprofilename 用户 用户id 用户名 ユーザー 사용자",
    ),
    "item": (
        "item itemid iid itemno itemnumber itemidx itemindex",
        "movie movieid film filmid mid book bookid joke jokeid anime animeid animeuid product productid "
        "productasin game gameid song songid track trackid artist artistid album albumid show showid series "
        "seriesid business businessid recipe recipeid restaurant restaurantid placeid place poi beer beerid hotel "
        "hotelid appid app course courseid content contentid video videoid podcast podcastid article articleid "
        "sku parentasin i",
        "isbn asin const traktid malid tmdbid imdbid ean upc artikel artikelid buch buchid livre libro pelicula "
        "peliculaid producto productoid produkt produktid prodotto filmnummer elokuva pelikula obra фильм "
        "filme filmes beerbeerid ταινία фільм الفيلم فيلم סרט फ़िल्म phim ภาพยนตร์ 电影 电影id 映画 영화",
    ),
    "title": (
        "title movietitle filmtitle booktitle itemtitle itemname moviename filmname bookname productname "
        "gametitle songtitle titel titre titolo titulo primarytitle",
        "name originaltitle producttitle",
    ),
    "rating": (
        "rating ratings rate rated",
        "myrating yourrating userrating bookrating movierating itemrating stars star score userscore overall "
        "starrating ratingvalue ratingscore myscore overallrating",
        "grade mark marks vote note bewertung sterne punkte nota valoracion puntuacion calificacion avaliacao "
        "valutazione voto waardering beoordeling betyg karakter arvosana ocena hodnoceni puan оценка preference "
        "feedback like liked thumb thumbs reaction value r "
        "värdering értékelés ertekeles nilai đánhgiá βαθμολογία оцінка التقييم דירוג रेटिंग คะแนน nota notă "
        "label reviewoverall 评分 評価 평점",
        "plays playcount playscount count counts listens listencount views viewcount clicks purchases quantity "
        "weight hours aufrufe abspielungen ecoutes lectures reproducciones riproduzioni",
    ),
    "timestamp": (
        "timestamp ts unixtimestamp unixtime unixreviewtime epoch",
        "time datetime ratedat daterated dateadded watcheddate dateread createdat created reviewdate ratingdate "
        "date updatedat submittedat utc t ratedon reviewedat reviewtimestamp",
        "reviewtime zeit zeitstempel zeitpunkt datum fecha data dato jour tstamp дата pvm päivä tarih tarihi tanggal "
        "ngày ημερομηνία "
        "التاريخ תאריך दिनांक วันที่ 日付 日時 时间 日期 時間 날짜",
    ),
}
YEARS = frozenset(["year", "releaseyear", "movieyear", "filmyear", "yearreleased"])  # of the things that titles name
COUNTS = frozenset(NAMES["rating"][3].split())  # names of ratings that are counts
